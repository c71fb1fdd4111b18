import WeirCore

/// Sends what a reader gives, in order, one request at a time: a cluster that judges events by how late they are sees them as they came, and
/// what a failure leaves unsent is all that follows.
public struct ReplayRun {
    private let destination: ReplayDestination
    private let pace: ReplayPace
    private let bytesMax: Int
    private let stateFile: String?
    private let allowsLate: Bool
    private let clock = ContinuousClock()
    private var lateBound: LateBound?
    private var totals = ReplayTotals()
    private var gathered = ReplayLines()
    /// Up to where everything is gathered, and up to where everything is sent.
    private var positions = ReplayPositions()
    private var acknowledged: ReplayPositions?
    private var stateWrittenAt: ContinuousClock.Instant?

    /// Wall clock: between two writes of the positions.
    private static let stateInterval = Duration.milliseconds(200)

    /// - Parameters:
    ///   - rate: events a second, ≥ 1; nil for as fast as they are taken.
    ///   - batchBytes: bytes of a request, unless a line is longer.
    ///   - stateFile: where positions are kept, and read from when there are some.
    ///   - allowsLate: also events of which the cluster says that they are too late.
    public init(
        to destination: ReplayDestination,
        rate: Int?,
        batchBytes: Int,
        stateFile: String? = nil,
        allowsLate: Bool = false
    ) {
        self.destination = destination
        pace = ReplayPace(rate: rate)
        bytesMax = batchBytes
        self.stateFile = stateFile
        self.allowsLate = allowsLate
    }

    /// Returns when all that was selected is acknowledged, or written. Throws with the positions of what was, kept.
    ///
    /// - Parameter progress: is told after each request.
    public mutating func run(
        _ reader: inout some ReplayReader,
        progress: (ReplayTotals) -> Void = { _ in }
    ) async throws -> ReplayTotals {
        if let stateFile {
            positions = try ReplayPositions(file: stateFile)
            try reader.resume(at: positions)
        }
        var before: ClusterStatus?
        if case .cluster(let cluster) = destination {
            let status = try await cluster.status()
            if !allowsLate { lateBound = LateBound(status) }
            before = status
        }
        let began = clock.now
        do {
            while let unit = try await reader.next() {
                try check(unit)
                totals.add(unit)
                gathered.add(unit.lines)
                positions.advance(by: unit.positions)
                if gathered.bytes.count >= bytesMax || gathered.count >= pace.linesMax {
                    try await sendGathered(since: began, progress)
                }
                progress(totals)
            }
            try await sendGathered(since: began, progress)
        } catch {
            try keepPositions(ifDue: false)
            throw error
        }
        try keepPositions(ifDue: false)
        totals.tornBytes = reader.tornBytes
        if case .cluster(let cluster) = destination, let before {
            totals.cluster = try await cluster.share(since: before, of: totals.sent)
        }
        return totals
    }

    private func check(_ unit: ReplayUnit) throws(ReplayFailure) {
        guard let lateBound, let first = unit.span?.lowerBound, first < lateBound.earliest else { return }
        throw .tooLate(first, place: unit.place, lateBound)
    }

    private mutating func sendGathered(
        since began: ContinuousClock.Instant,
        _ progress: (ReplayTotals) -> Void
    ) async throws {
        for piece in gathered.pieces(bytesMax: bytesMax, linesMax: pace.linesMax) {
            let pause = pace.pause(sent: totals.sent, after: clock.now - began)
            if pause > .zero { try await Task.sleep(for: pause) }
            try await send(piece.bytes, lines: piece.lines)
            progress(totals)
        }
        gathered = ReplayLines()
        acknowledged = positions
        try keepPositions(ifDue: true)
    }

    private mutating func send(_ bytes: [UInt8], lines: Int) async throws {
        switch destination {
        case .cluster(let cluster):
            let sent = try await cluster.send(bytes)
            totals.quarantined += sent.quarantined
            totals.retries += sent.retries
            totals.batches += 1
        case .lines(let descriptor):
            var output = BufferedOutput(descriptor: descriptor)
            output.text(bytes)
            output.flush()
            totals.batches += 1
        case .nowhere:
            return
        }
        totals.sent += lines
    }

    private mutating func keepPositions(ifDue: Bool) throws(ReplayFailure) {
        guard let stateFile, let acknowledged else { return }
        if ifDue, let stateWrittenAt, clock.now - stateWrittenAt < Self.stateInterval { return }
        try acknowledged.write(to: stateFile)
        stateWrittenAt = clock.now
    }
}
