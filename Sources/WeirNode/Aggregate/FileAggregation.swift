import Dispatch
import Synchronization
import WeirCore
import WeirParser

/// The reducer without a cluster: a stream of lines into window aggregates, on several threads, with the same result for any number
/// of them.
///
/// In rounds: threads parse chunks side by side; then each thread takes the rows of its share of the workflows from all chunks, in
/// order, so that the first of repeated events counts whatever the number of threads.
public final class FileAggregation {
    /// What became of the input.
    public struct Summary: Sendable {
        public var lines = 0
        public var events = 0
        public var duplicates = 0
        public var quarantined: [QuarantineReason: Int] = [:]
        /// Bytes taken in so far.
        public var bytes = 0

        /// One line of JSON.
        public var json: String {
            var json = JSONWriter()
            json.object { json in
                json.member("lines", lines)
                json.member("events", events)
                json.member("duplicates", duplicates)
                json.key("quarantined")
                json.object { json in
                    for reason in QuarantineReason.allCases where quarantined[reason] != nil {
                        json.member(reason.rawValue, quarantined[reason]!)
                    }
                }
            }
            return json.text
        }
    }

    private let contract: Contract
    private let horizon: Int64?
    private let shares: [ShareBox]
    private let parsers: [ParserBox]
    private let round: [ParsedChunk]
    private var newest: EventTime?
    public private(set) var summary = Summary()

    /// Holds a share for the thread that works on it. The share is taken hold of once a chunk, and not at each of its fields.
    private final class ShareBox {
        var share: AggregationShare

        init(_ contract: Contract, _ horizon: Horizon) { share = AggregationShare(contract, horizon) }
    }

    private final class ParserBox {
        var parser: EventParser

        init(_ contract: Contract) {
            parser = EventParser(limits: ParserLimits(lineBytesMax: contract.events.lineBytesMax))
        }
    }

    /// Bytes of a chunk: its columns and hashes, a quarter as many, stay in the cache of a core between the two halves of a round.
    private static let chunkBytes = 256 << 10
    /// Chunks in a round for each thread: enough that a thread that is late holds the others up little.
    private static let chunksPerThread = 8

    /// - Parameters:
    ///   - threads: ≥ 1.
    ///   - horizon: how long ids are remembered, in event time behind the newest; unlimited remembers all.
    public init(contract: Contract, threads: Int, horizon: Horizon) {
        precondition(threads >= 1, "an aggregation needs a thread")
        self.contract = contract
        self.horizon = horizon.microseconds
        shares = (0..<threads).map { _ in ShareBox(contract, horizon) }
        parsers = (0..<threads).map { _ in ParserBox(contract) }
        round = (0..<threads * Self.chunksPerThread).map { _ in ParsedChunk() }
    }

    /// Takes in a whole input.
    ///
    /// - Parameters:
    ///   - quarantine: gets every refused line, with its number in the input, from 1.
    ///   - progress: called after each round.
    public func read(
        _ path: String,
        quarantine: (QuarantinedLine) throws -> Void,
        progress: (_ summary: Summary, _ size: Int?) -> Void
    ) throws {
        let input = try LineChunks(path: path, chunkBytes: Self.chunkBytes)
        while true {
            var chunks: [LineChunks.Chunk] = []
            while chunks.count < round.count, let chunk = try input.next() { chunks.append(chunk) }
            guard !chunks.isEmpty else { break }
            parse(chunks)
            let parsed = Array(round.prefix(chunks.count))
            add(parsed)
            for chunk in parsed {
                for line in chunk.batch.quarantined {
                    summary.quarantined[line.reason, default: 0] += 1
                    var numbered = line
                    numbered.line += summary.lines + 1
                    try quarantine(numbered)
                }
                summary.lines += chunk.batch.lines
            }
            summary.bytes += chunks.reduce(0) { $0 + $1.bytes.count }
            progress(summary, input.size)
        }
        summary.events = shares.reduce(0) { $0 + $1.share.panes.eventCount }
        summary.duplicates = shares.reduce(0) { $0 + $1.share.duplicates }
    }

    private func parse(_ chunks: [LineChunks.Chunk]) {
        let parsers = Unsynchronized(self.parsers)
        let round = Unsynchronized(self.round)
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: min(shares.count, chunks.count)) { thread in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < chunks.count else { return }
                round.value[index].parse(chunks[index].bytes, by: &parsers.value[thread].parser)
            }
        }
    }

    private func add(_ parsed: [ParsedChunk]) {
        // The horizon moves between chunks, at places that the number of threads does not shift.
        let bounds = parsed.map { chunk -> EventTime? in
            guard let horizon else { return nil }
            let bound = newest?.advanced(byMicroseconds: -horizon)
            if let last = chunk.batch.columns.times.max() { newest = max(newest ?? last, last) }
            return bound
        }
        let shares = Unsynchronized(self.shares)
        let chunks = Unsynchronized(parsed)
        DispatchQueue.concurrentPerform(iterations: self.shares.count) { thread in
            for (chunk, bound) in zip(chunks.value, bounds) {
                shares.value[thread].share.add(chunk, share: thread, of: shares.value.count, forgettingBefore: bound)
            }
        }
    }

    /// The windows of some types, by type in SPEC's order, then start.
    public func windows(_ types: [WindowType]) -> [(window: Window, aggregate: WindowAggregate)] {
        let panes = mergedPanes()
        var windows: [(window: Window, aggregate: WindowAggregate)] = []
        for type in types.sorted() {
            if type == .streaming {
                windows += panes.map { (Window(type: .streaming, start: $0.start), $0.aggregate) }
                continue
            }
            // Panes come in order of start, so a window's panes are neighbours.
            for (start, aggregate) in panes {
                let window = contract.windows.layout.window(type, holding: start)
                if windows.last?.window == window {
                    windows[windows.count - 1].aggregate.merge(aggregate)
                } else {
                    windows.append((window, aggregate))
                }
            }
        }
        return windows
    }

    /// The panes of all shares by start, merged on all threads: each takes the next pane.
    private func mergedPanes() -> [(start: EventTime, aggregate: WindowAggregate)] {
        var parts: [EventTime: [WindowAggregate]] = [:]
        for share in shares {
            for (start, aggregate) in share.share.panes.panes { parts[start, default: []].append(aggregate) }
        }
        let sorted = parts.sorted { $0.key < $1.key }
        return concurrentMap(sorted.count) { index in
            var merged = sorted[index].value[0]
            for part in sorted[index].value.dropFirst() { merged.merge(part) }
            return (start: sorted[index].key, aggregate: merged)
        }
    }

    /// The results of a function for 0..<count, in order, computed on as many threads as the aggregation has.
    public func concurrentMap<Value>(_ count: Int, _ body: (Int) -> Value) -> [Value] {
        if shares.count == 1 || count < 2 { return (0..<count).map(body) }
        let next = Atomic(0)
        return [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            let results = Unsynchronized(buffer)
            withoutActuallyEscaping(body) { body in
                let body = Unsynchronized(body)
                DispatchQueue.concurrentPerform(iterations: min(shares.count, count)) { _ in
                    while true {
                        let index = next.add(1, ordering: .relaxed).oldValue
                        guard index < count else { return }
                        (results.value.baseAddress! + index).initialize(to: body.value(index))
                    }
                }
            }
            initialized = count
        }
    }
}

/// A value of which each thread uses a part of its own.
private struct Unsynchronized<Value>: @unchecked Sendable {
    // Unchecked: `concurrentPerform` returns only after all threads are done, and they share no element.
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
