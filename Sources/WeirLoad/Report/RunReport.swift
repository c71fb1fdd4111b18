/// All that a run found out, for programs, for comparison, and for the page.
public struct RunReport: Sendable, Codable, Equatable {
    /// Of this form of report.
    public var version = 1
    public var tool: String
    public var startedAt: String
    public var target: String
    public var transport: String
    public var profile: String
    public var settings: Settings
    /// Length of the schedule and what was measured of it, in seconds.
    public var scheduledSeconds: Double
    public var measuredSeconds: Double
    public var scheduledEvents: Int
    public var totals: RunStatistics.Totals
    /// Over the measured time, events a second.
    public var offeredPerSecond: Double
    public var acknowledgedPerSecond: Double
    public var megabytesPerSecond: Double
    /// From the scheduled time of each event to its acknowledgement.
    public var latency: LatencySummary
    public var latencyCurve: [LatencySummary.Point]
    /// From the departure of each batch to its acknowledgement.
    public var serviceLatency: LatencySummary
    /// From the scheduled time of the event that lets the window close to its intent; nil when intents were not listened to.
    public var windowLatency: LatencySummary?
    public var windows: [WindowSample]
    public var harness: Harness
    public var processes: [ProcessUsage]
    public var verification: Verification
    public var objectives: [Objective]
    /// Kinds of failed requests and how often each came.
    public var errors: [String: Int]
    public var series: [IntervalSample]

    public struct Settings: Sendable, Codable, Equatable {
        public var seed: UInt64
        public var connections: Int
        public var inFlight: Int
        public var batchEvents: Int
        public var batchWaitMs: Double
        public var warmUpSeconds: Double

        public init(
            seed: UInt64,
            connections: Int,
            inFlight: Int,
            batchEvents: Int,
            batchWaitMs: Double,
            warmUpSeconds: Double
        ) {
            self.seed = seed
            self.connections = connections
            self.inFlight = inFlight
            self.batchEvents = batchEvents
            self.batchWaitMs = batchWaitMs
            self.warmUpSeconds = warmUpSeconds
        }
    }

    /// A streaming window that closed during the run.
    public struct WindowSample: Sendable, Codable, Equatable {
        public var start: String
        /// When it could close, in seconds since the begin.
        public var second: Double
        /// Nil when its intent was not seen.
        public var latencyMs: Double?

        public init(start: String, second: Double, latencyMs: Double?) {
            self.start = start
            self.second = second
            self.latencyMs = latencyMs
        }
    }

    /// How the load test itself did.
    public struct Harness: Sendable, Codable, Equatable {
        /// From when a batch could have gone to when it went.
        public var lag: LatencySummary
        /// Batches that were due and waited for a free place in flight, as a share.
        public var heldBackShare: Double
        /// Share of the time in which a lane's generator was writing, the busiest lane's.
        public var generatorShare: Double
        /// Cores in use.
        public var cores: Double
        /// What limits the trust in this run's figures.
        public var warnings: [String] = []

        public init(lag: LatencySummary, heldBackShare: Double, generatorShare: Double, cores: Double) {
            self.lag = lag
            self.heldBackShare = heldBackShare
            self.generatorShare = generatorShare
            self.cores = cores
        }
    }

    public var hasHeld: Bool { objectives.allSatisfy(\.held) }

    public init(
        tool: String,
        startedAt: String,
        target: String,
        transport: String,
        profile: String,
        settings: Settings,
        scheduledSeconds: Double,
        measuredSeconds: Double,
        scheduledEvents: Int,
        statistics: RunStatistics,
        offeredPerSecond: Double,
        acknowledgedPerSecond: Double,
        megabytesPerSecond: Double,
        windowLatency: LatencySummary?,
        windows: [WindowSample],
        harness: Harness,
        processes: [ProcessUsage],
        verification: Verification,
        errors: [String: Int],
        series: [IntervalSample]
    ) {
        self.tool = tool
        self.startedAt = startedAt
        self.target = target
        self.transport = transport
        self.profile = profile
        self.settings = settings
        self.scheduledSeconds = scheduledSeconds
        self.measuredSeconds = measuredSeconds
        self.scheduledEvents = scheduledEvents
        totals = statistics.totals
        self.offeredPerSecond = offeredPerSecond
        self.acknowledgedPerSecond = acknowledgedPerSecond
        self.megabytesPerSecond = megabytesPerSecond
        latency = statistics.latencySummary
        latencyCurve = statistics.latencyCurve
        serviceLatency = statistics.serviceSummary
        self.windowLatency = windowLatency
        self.windows = windows
        self.harness = harness
        self.processes = processes
        self.verification = verification
        objectives = []
        self.errors = errors
        self.series = series
    }
}
