import Dispatch
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
    private let shares: [Share]
    private let parsers: [ParserBox]
    private var newest: EventTime?
    public private(set) var summary = Summary()

    /// One thread's share of the workflows.
    private final class Share {
        var panes: PaneTable
        var fingerprints = FingerprintTable()
        var duplicates = 0

        init(_ contract: Contract) {
            panes = PaneTable(limits: contract.aggregation, layout: contract.windows.layout)
        }
    }

    private final class ParserBox {
        var parser: EventParser

        init(_ contract: Contract) {
            parser = EventParser(limits: ParserLimits(lineBytesMax: contract.events.lineBytesMax))
        }
    }

    /// A parsed chunk with the hashes of its rows' workflows.
    private struct Parsed {
        var batch = ParsedBatch()
        var hashes: [UInt64] = []
    }

    /// - Parameters:
    ///   - threads: ≥ 1.
    ///   - horizon: how long ids are remembered, in event time behind the newest; unlimited remembers all.
    public init(contract: Contract, threads: Int, horizon: Horizon) {
        precondition(threads >= 1, "an aggregation needs a thread")
        self.contract = contract
        self.horizon = horizon.microseconds
        shares = (0..<threads).map { _ in Share(contract) }
        parsers = (0..<threads).map { _ in ParserBox(contract) }
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
        let input = try LineChunks(path: path)
        let roundLength = shares.count * 2
        while true {
            var chunks: [LineChunks.Chunk] = []
            while chunks.count < roundLength, let chunk = try input.next() { chunks.append(chunk) }
            guard !chunks.isEmpty else { break }
            let parsed = parse(chunks)
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
        summary.events = shares.reduce(0) { $0 + $1.panes.eventCount }
        summary.duplicates = shares.reduce(0) { $0 + $1.duplicates }
    }

    private func parse(_ chunks: [LineChunks.Chunk]) -> [Parsed] {
        let results = Slots<Parsed>(count: chunks.count)
        let threads = shares.count
        let parsers = Unsynchronized(self.parsers)
        DispatchQueue.concurrentPerform(iterations: min(threads, chunks.count)) { thread in
            for index in stride(from: thread, to: chunks.count, by: threads) {
                var parsed = Parsed()
                parsers.value[thread].parser.parse(chunks[index].bytes, into: &parsed.batch)
                parsed.hashes = parsed.batch.columns.workflowIDs.map(\.hash64)
                results[index] = parsed
            }
        }
        return results.values
    }

    private func add(_ parsed: [Parsed]) {
        // The horizon moves between chunks, at places that the number of threads does not shift.
        let bounds = parsed.map { chunk -> EventTime? in
            let bound = horizon.flatMap { horizon in newest?.advanced(byMicroseconds: -horizon) }
            if let last = chunk.batch.columns.times.max() { newest = max(newest ?? last, last) }
            return bound
        }
        let shares = Unsynchronized(self.shares)
        let count = self.shares.count
        DispatchQueue.concurrentPerform(iterations: count) { thread in
            let share = shares.value[thread]
            for (chunk, bound) in zip(parsed, bounds) {
                if let bound { share.fingerprints.forget(before: bound) }
                let columns = chunk.batch.columns
                var selected = [Bool](repeating: false, count: columns.count)
                for row in 0..<columns.count {
                    let hash = chunk.hashes[row]
                    guard Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(count)).high) == thread else {
                        continue
                    }
                    let fingerprint = FingerprintTable.fingerprint(event: columns.eventIDs[row], workflowHash: hash)
                    if share.fingerprints.insert(fingerprint, at: columns.times[row]) {
                        selected[row] = true
                    } else {
                        share.duplicates += 1
                    }
                }
                share.panes.add(columns, hashes: chunk.hashes, selected: selected)
            }
        }
    }

    /// The windows of some types, by type in SPEC's order, then start.
    public func windows(_ types: [WindowType]) -> [(window: Window, aggregate: WindowAggregate)] {
        var panes = shares[0].panes
        for share in shares.dropFirst() { panes.merge(share.panes) }
        var windows: [(window: Window, aggregate: WindowAggregate)] = []
        for type in types.sorted() {
            if type == .streaming {
                windows += panes.panes.map { (Window(type: .streaming, start: $0.start), $0.aggregate) }
                continue
            }
            // Panes come in order of start, so a window's panes are neighbours.
            for (start, aggregate) in panes.panes {
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
}

/// Results by index, each written by one thread.
private final class Slots<Value: Sendable>: @unchecked Sendable {
    // Unchecked: every index is written by one thread, and read after all have ended.
    private let buffer: UnsafeMutableBufferPointer<Value?>

    init(count: Int) {
        buffer = .allocate(capacity: count)
        buffer.initialize(repeating: nil)
    }

    deinit {
        buffer.deinitialize()
        buffer.deallocate()
    }

    subscript(index: Int) -> Value {
        get { buffer[index]! }
        set { buffer[index] = newValue }
    }

    var values: [Value] { buffer.map { $0! } }
}

/// A value of which each thread uses a part of its own.
private struct Unsynchronized<Value>: @unchecked Sendable {
    // Unchecked: `concurrentPerform` returns only after all threads are done, and they share no element.
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
