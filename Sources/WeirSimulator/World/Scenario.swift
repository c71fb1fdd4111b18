import WeirCluster
import WeirCore
import WeirWire

/// What a seed makes of a run: the cluster, its contract and limits, its input, and which faults it suffers, how often. Every seed
/// leaves some faults out, so that the others reach further (A. Groce et al., "Swarm testing", ISSTA 2012).
public struct Scenario {
    let seed: UInt64
    var contract = Contract()
    var coordinatorLimits = CoordinatorLimits()
    var ingestLimits = IngestLimits()
    var workerLimits = WorkerLimits()
    var shards = 8
    /// With several they share the store by a lease.
    var coordinators = 1
    /// Whether these elect their leader in etcd, who then claims the store's row; if not, it is elected in the row.
    var isElectedInEtcd = false
    /// Microseconds.
    var leaderLease: Int64 = 3_000_000
    /// After which a coordinator that shares its store takes a transaction for failed.
    var storeTimeout: Int64 = 10_000_000
    var workers = 2
    /// Nil where workers go on in their epoch when the coordinator starts again.
    var expectedWorkers: Int?
    var ingests = 1
    var executors = 1
    var producers: [ProducerProfile] = []
    /// How many different workflows and keys events have.
    var workflows = 20
    var keys = 4

    // MARK: Pace, in microseconds of virtual time

    /// Between two ticks of a process.
    var tick: Int64 = 10_000
    var syncDelay: ClosedRange<Int64> = 100...2000
    var storeDelay: ClosedRange<Int64> = 100...2000
    var etcdDelay: ClosedRange<Int64> = 100...2000
    var sinkDelay: ClosedRange<Int64> = 100...2000
    var segmentFrames = 4
    var readFrames = 16

    // MARK: Faults

    /// How long faults go on.
    var duration: Int64 = 10_000_000
    /// Between two faults.
    var faultPause: ClosedRange<Int64> = 100_000...3_000_000
    /// How long one lasts.
    var faultSpan: ClosedRange<Int64> = 10_000...5_000_000
    /// Which there are; one that is named twice is twice as frequent.
    var faults: [Fault] = []
    var network = NetworkFaults()
    /// By how much clocks are wrong, in microseconds.
    var clockOffsetMax: Int64 = 0
    /// By how much they run fast or slow.
    var clockDrift = 0.0
    /// Per transaction, while nothing is wrong with the disk.
    var storeFailure = 0.0
    var sinkFailure = 0.0
    /// Between two questions of operators.
    var operatorPause: ClosedRange<Int64> = 500_000...10_000_000

    /// How much happens in a run.
    public enum Scale: String, CaseIterable, Sendable {
        /// A few seconds and events, for tests in debug builds.
        case small
        case full
    }

    init(seed: UInt64, scale: Scale) {
        self.seed = seed
        var random = SplitMix64(seed: seed ^ 0x5CE4_A210_77E1_5EED)
        drawCluster(&random)
        drawContract(&random)
        drawLimits(&random)
        drawProducers(&random)
        drawFaults(&random)
        // Of draws of its own: the others are as they were before there were several.
        var own = SplitMix64(seed: seed ^ 0x7E42_11AF_3C0D_9A65)
        if own.chance(0.5) {
            coordinators = 2
            leaderLease = own.span(300_000...2_000_000)
            storeTimeout = own.span(200_000...4_000_000)
            for fault in Fault.ofLeaders where own.chance(0.6) {
                for _ in 0..<own.within(1...3) { faults.append(fault) }
            }
            if own.chance(0.5) { drawElection(&own) }
        }
        // And these, since stores lose commits.
        var lossy = SplitMix64(seed: seed ^ 0x21D9_8C56_E0B3_4F17)
        if lossy.chance(0.4) {
            for _ in 0..<lossy.within(1...3) { faults.append(.lostCommit) }
        }
        if scale == .small { shrink() }
    }

    private mutating func drawElection(_ random: inout SplitMix64) {
        isElectedInEtcd = true
        // etcd counts whole seconds: its lease is often as long, and else longer.
        leaderLease = random.pick([1_000_000, 2_000_000, random.span(500_000...2_500_000)])
        etcdDelay = 50...random.span(100...50_000)
        for fault in Fault.ofElections where random.chance(0.6) {
            for _ in 0..<random.within(1...3) { faults.append(fault) }
        }
        if random.chance(0.3) { faults.append(.etcdForgets) }
    }

    private mutating func shrink() {
        duration = min(duration, 6_000_000)
        tick = max(tick, 20_000)
        for index in producers.indices {
            producers[index].batchMax = min(producers[index].batchMax, 10)
            producers[index].events = min(producers[index].events, 120)
        }
    }

    private mutating func drawCluster(_ random: inout SplitMix64) {
        shards = random.pick([1, 2, 4, 8, 8, 16, 64])
        workers = random.within(1...4)
        if random.chance(0.3) { expectedWorkers = workers }
        ingests = random.within(1...3)
        executors = random.within(1...2)
        workflows = random.pick([1, 5, 20, 200])
        keys = random.pick([1, 4, 12])
        tick = random.pick([10_000, 10_000, 20_000, 50_000])
        syncDelay = 50...random.span(100...300_000)
        storeDelay = 50...random.span(100...50_000)
        sinkDelay = 50...random.span(100...500_000)
        segmentFrames = random.within(1...8)
        readFrames = random.within(1...32)
    }

    private mutating func drawContract(_ random: inout SplitMix64) {
        contract.windows.layout = WindowLayout(paneMilliseconds: random.pick([1000, 2000, 5000]))!
        contract.windows.lateArrivalTolerance = .microseconds(random.chance(0.2) ? 0 : random.span(1000...3_000_000))
        contract.windows.idleTimeout = .microseconds(random.span(200_000...5_000_000))
        contract.windows.revisionDelay = .microseconds(random.chance(0.2) ? 0 : random.span(1000...2_000_000))
        if random.chance(0.4) {
            contract.windows.maxLateness = .unlimited
            contract.windows.dedupHorizon = .unlimited
        } else {
            let lateness = random.span(500_000...600_000_000)
            contract.windows.maxLateness = .limited(.microseconds(lateness))
            contract.windows.dedupHorizon = .limited(.microseconds(random.chance(0.5) ? lateness : 2 * lateness))
        }
        contract.alerts.rules = Self.alertRules
        contract.batches.size = random.within(1...100)
        contract.batches.wait = .microseconds(random.span(1000...50_000))
        contract.aggregation.exactQuantileValues = random.pick([1, 8, 64, 2048])
        if random.chance(0.1) { contract.aggregation.exactDistinctValues = random.within(1...64) }
        contract.aggregation.groupKeys = random.pick([1, 3, 1000])
        contract.aggregation.topWorkflows = random.pick([1, 3, 10])
        contract.intents.retry.attemptsMax = random.pick([1, 2, 4, 8])
        contract.intents.retry.backoffInitial = .microseconds(random.span(1000...200_000))
        contract.intents.retry.backoffMax = .microseconds(random.span(200_000...5_000_000))
        if random.chance(0.2) { contract.windows.types = [.streaming, .hourly, .monthly] }
    }

    private mutating func drawLimits(_ random: inout SplitMix64) {
        let areSmall = random.chance(0.5)
        if areSmall {
            ingestLimits.deliveryBytes = Int(random.span(100...20_000))
            ingestLimits.recentBytes = Int(random.span(200...50_000))
            ingestLimits.lagBytesMax = ingestLimits.recentBytes + Int(random.span(1000...100_000))
            ingestLimits.waitingMax = random.within(1...8)
            workerLimits.deltaEventsMax = random.within(1...50)
            workerLimits.uncommittedEventsMax = workerLimits.deltaEventsMax + random.within(0...200)
            workerLimits.quarantineBytesMax = Int(random.span(10...10_000))
            coordinatorLimits.leaseMax = random.within(1...4)
        }
        if random.chance(0.3) { ingestLimits.retention = .limited(.microseconds(random.span(1000...60_000_000))) }
        ingestLimits.reportInterval = .microseconds(random.span(20_000...200_000))
        workerLimits.commitInterval = .microseconds(random.span(50_000...400_000))
        workerLimits.commitTimeout = .microseconds(random.span(400_000...2_000_000))
        coordinatorLimits.nodeTimeout = .microseconds(random.span(1_200_000...4_000_000))
        coordinatorLimits.disconnectGrace = .microseconds(random.span(50_000...1_500_000))
        coordinatorLimits.settleDelay = .microseconds(random.span(20_000...500_000))
        coordinatorLimits.leaseDuration = .microseconds(random.span(300_000...4_000_000))
        coordinatorLimits.queryTimeout = .microseconds(random.span(500_000...5_000_000))
        coordinatorLimits.paneRetention = .microseconds(random.span(1...3_600_000_000))
        coordinatorLimits.hourRetention = .microseconds(random.span(1...86_400_000_000))
    }

    private mutating func drawProducers(_ random: inout SplitMix64) {
        duration = random.span(3_000_000...40_000_000)
        let lateness = contract.windows.maxLateness.microseconds ?? 100_000_000
        let pace: Int64 = random.pick([1, 1, 1, 1, 10, 100, 1000, 20_000])
        let number = random.within(1...3)
        for _ in 0..<number {
            let batchMax = random.pick([1, 5, 20, 100])
            // As long as faults go on, more or less.
            let pause = random.span(5000...500_000)
            let batches = max(3, min(300, duration / max(1, pause / 3)))
            producers.append(
                ProducerProfile(
                    events: min(1500, Int(batches) * (batchMax + 1) / 2),
                    batchMax: batchMax,
                    pause: (pause / 10)...pause,
                    pace: Double(pace),
                    ahead: random.chance(0.3) ? random.span(1...(2 * lateness)) : 0,
                    disorder: random.chance(0.2) ? 0 : random.span(1000...(4_000_000 * pace)),
                    late: random.chance(0.4) ? 0 : 0.05,
                    lateMax: random.span(1000...(2 * lateness)),
                    repeats: random.chance(0.3) ? 0 : 0.3,
                    malformed: random.chance(0.5) ? 0 : 0.1,
                    silence: random.chance(0.5) ? 0 : 0.03,
                    silenceMax: random.span(500_000...10_000_000),
                    switches: random.chance(0.3) ? 0 : 0.5,
                    timeout: random.span(200_000...3_000_000),
                    window: random.within(1...4)
                )
            )
        }
    }

    private mutating func drawFaults(_ random: inout SplitMix64) {
        for fault in Fault.ofAnyCluster where random.chance(0.5) {
            for _ in 0..<random.within(1...3) { faults.append(fault) }
        }
        let shortest = random.span(50_000...1_000_000)
        faultPause = shortest...(shortest + random.span(100_000...4_000_000))
        faultSpan = random.span(5000...1_000_000)...random.span(1_000_000...10_000_000)
        network.delay = 20...random.span(100...20_000)
        func sometimes(_ most: Double) -> Double {
            random.chance(0.5) ? 0 : most * Double(random.within(1...100)) / 100
        }
        network.drop = sometimes(0.1)
        network.duplicate = sometimes(0.1)
        network.corrupt = sometimes(0.05)
        network.resend = sometimes(0.1)
        network.stall = sometimes(0.05)
        network.stallMax = random.span(20_000...4_000_000)
        if random.chance(0.5) { clockOffsetMax = random.span(1000...100_000_000_000) }
        if random.chance(0.3) { clockDrift = random.pick([0.000_1, 0.01, 0.2]) }
        storeFailure = sometimes(0.02)
        sinkFailure = sometimes(0.3)
    }
}

extension Scenario {
    /// Rules that random events break and meet again often: of whole windows, of groups, against their past, with a hold.
    fileprivate static let alertRules: [AlertRule] = {
        let success = AlertRule(
            name: "success",
            window: .streaming,
            metric: .successRate,
            bound: .below(0.5, clear: 0.5)
        )
        var model = AlertRule(
            name: "model",
            window: .streaming,
            metric: .averageQuality,
            dimension: .model,
            bound: .below(1, clear: 1)
        )
        model.past = .seconds(20)
        model.silenceMax = .seconds(30)
        var held = AlertRule(
            name: "held",
            window: .streaming,
            metric: .failures,
            dimension: .errorCode,
            bound: .above(1, clear: 0)
        )
        held.holdFor = .seconds(6)
        let hourly = AlertRule(name: "hourly", window: .hourly, metric: .eventsProcessed, bound: .above(100, clear: 10))
        return [success, model, held, hourly]
    }()
}
