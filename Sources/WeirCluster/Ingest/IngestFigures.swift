import WeirWire

/// The state of an ingest in numbers, for who watches it.
public struct IngestFigures: Sendable {
    public var limits: IngestLimits
    /// Requests that wait.
    public var waiting: Int
    public var epoch: Epoch
    public var synced: FrameSequence
    /// Bytes on disk that a worker has not applied.
    public var lagBytes: [NodeName: Int]
}

extension IngestMachine {
    public var figures: IngestFigures {
        IngestFigures(
            limits: limits,
            waiting: waitingCount,
            epoch: view?.epoch ?? .none,
            synced: synced,
            lagBytes: streams.mapValues(\.lagBytes)
        )
    }
}
