/// What became of a batch, and when.
public struct SentBatch: Sendable, Equatable {
    public var batch: BatchPlanner.Batch
    /// When its sender had nothing else to do any more: an answer to the batch before.
    public var senderFree: RunTime
    public var sent: RunTime
    public var acknowledged: RunTime
    public var bytes: Int
    /// Lines that the answer counts as quarantined.
    public var quarantined: Int
    /// Times that it had to be sent again.
    public var retries: Int

    public init(
        batch: BatchPlanner.Batch,
        senderFree: RunTime,
        sent: RunTime,
        acknowledged: RunTime,
        bytes: Int,
        quarantined: Int,
        retries: Int
    ) {
        self.batch = batch
        self.senderFree = senderFree
        self.sent = sent
        self.acknowledged = acknowledged
        self.bytes = bytes
        self.quarantined = quarantined
        self.retries = retries
    }

    /// How much later it went than it could have: the harness's own delay. Waiting for an answer, because as many requests as allowed
    /// are in flight, is the system's.
    public var lag: Int64 { sent.nanoseconds - max(batch.due, senderFree).nanoseconds }

    /// It was due, and had to wait for a free place in flight.
    public var wasHeldBack: Bool { senderFree > batch.due }
}
