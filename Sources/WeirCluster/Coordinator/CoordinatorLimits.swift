import WeirCore

/// Every bound of a coordinator, in one place.
public struct CoordinatorLimits: Sendable, Hashable {
    /// Wall clock: a node that was silent for longer is lost.
    public var nodeTimeout = Duration.seconds(3)
    /// Wall clock: a worker whose connection ended, as that of a process that died does, and that does not speak on another one within this
    /// time, is lost. Longer than it takes to connect again and the commit interval.
    public var disconnectGrace = Duration.milliseconds(500)
    /// Wall clock: how long membership must be quiet before a new epoch, unless all expected workers are there.
    public var settleDelay = Duration.milliseconds(500)
    /// Wall clock: how long an epoch is put off for workers that lose shards to commit what they have counted of them.
    public var pauseMax = Duration.seconds(1)
    /// Wall clock: how long an executor may take for an intent before others may take it.
    public var leaseDuration = Duration.seconds(30)
    /// Wall clock: how long an executor that has nothing in hand waits for the answer while there are no intents. Well below its timeout.
    public var leasePatience = Duration.milliseconds(200)
    /// Executors that wait at a time; further ones are answered at once, and ask again. Each takes up a request of the control port.
    public var leasesWaitingMax = 64
    /// Intents in one lease.
    public var leaseMax = 256
    /// Wall clock: how often a watermark that nothing but the clock moves is stored.
    public var watermarkInterval = Duration.seconds(1)
    /// Wall clock: an admin request about a workflow fails after that long without an answer.
    public var queryTimeout = Duration.seconds(5)
    /// Event time: how long panes are kept beyond the lateness that is allowed.
    public var paneRetention = Duration.seconds(3600)
    /// Event time: how long hours are kept beyond it, at least as long as panes.
    public var hourRetention = Duration.seconds(31 * 86_400)

    /// Dead letters that one request makes pending again.
    public var retriedMax = 100_000

    public init() {}
}
