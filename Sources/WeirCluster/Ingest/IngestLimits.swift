import WeirCore

/// Every bound of an ingest, in one place.
public struct IngestLimits: Sendable, Hashable {
    /// Bytes of parts in one delivery to a worker; a single larger part travels alone.
    public var deliveryBytes = 512 << 10
    /// Bytes of recent frames kept in memory for workers; a worker that lags further reads from the journal.
    public var recentBytes = 64 << 20
    /// Bytes of frames that the slowest worker may lag behind; beyond it producers' replies wait.
    public var lagBytesMax = 256 << 20
    /// Requests that may wait for workers to catch up; further ones are refused with `retry`.
    public var waitingMax = 1024
    /// Bytes of those requests; likewise. One request always has room.
    public var waitingBytesMax = 64 << 20
    /// Wall clock: the longest time between two reports to the coordinator.
    public var reportInterval = Duration.milliseconds(50)

    /// Event time behind the watermark for which frames are kept, also where the dedup horizon would let them go.
    public var retention = Horizon.limited(.zero)

    public init() {}
}
