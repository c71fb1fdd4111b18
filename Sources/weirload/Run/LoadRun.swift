import NNG
import Synchronization
import UnixSignals
import WeirCore
import WeirLoad
import WeirNode

/// Sends a plan to a cluster, open loop: each batch leaves at its scheduled time, whatever became of those before, as long as a place
/// in flight is free. When none is, the schedule goes on, and latencies with it.
struct LoadRun: Sendable {
    struct Options: Sendable {
        /// Of ingests: nng URLs, or http:// and https:// URLs. Connections are dealt to them in turn.
        var urls: [String]
        /// Requests in flight on each connection.
        var inFlight: Int
        /// How long a batch is tried.
        var giveUpAfter: Duration
        /// How long after the end of the schedule what was due may still be sent.
        var drainLimit: Duration
        var warmUp: Duration
        /// Nil: intents are not listened to.
        var intentsURL: String?
        var pids: [Int]
        var pregenerates: Bool
    }

    let plan: LoadPlan
    let options: Options
    let access: ClusterAccess

    /// What a run leaves behind.
    struct Outcome: Sendable {
        var clock: RunClock
        var statistics: RunStatistics
        var series: [IntervalSample] = []
        /// Batches taken by each lane.
        var taken: [Int]
        var observer: LaneObserver
        /// A signal ended it.
        var wasInterrupted: Bool
        /// All of the plan was sent.
        var isWhole: Bool
        /// Share of the time in which the busiest lane's generator was writing.
        var generatorShare: Double
        /// When the last answer came.
        var end: RunTime
        var arrivals: [EventTime: RunTime]
        var processes: [ProcessUsage]
        var harnessCores: Double
        var errors: [String: Int]
        /// One reason of each kind.
        var reasons: [String: String]
    }

    /// What senders share.
    private final class Shared: Sendable {
        let statistics: Mutex<RunStatistics>
        let series = Mutex<[IntervalSample]>([])
        let errors = Mutex<[String: Int]>([:])
        let reasons = Mutex<[String: String]>([:])
        let wasInterrupted = Atomic(false)
        /// When all was sent and answered; nil while it goes on.
        let end = Mutex<RunTime?>(nil)

        init(_ statistics: RunStatistics) {
            self.statistics = Mutex(statistics)
        }

        func note(_ failure: SendFailure) {
            errors.withLock { $0[failure.kind.rawValue, default: 0] += 1 }
            reasons.withLock { reasons in
                if reasons[failure.kind.rawValue] == nil { reasons[failure.kind.rawValue] = failure.reason }
            }
        }
    }

    // MARK: - Run

    /// - Parameter onSample: is told the figures of each second.
    func run(onSample: @escaping @Sendable (IntervalSample, RunStatistics.Totals) -> Void) async throws(RunFailure)
        -> Outcome
    {
        let connections = try makeConnections()
        try await probe(connections)
        let watch: IntentWatch?
        do throws(NNGError) {
            watch = try options.intentsURL.map { url throws(NNGError) in
                try IntentWatch(url: url, tls: access.security.tls)
            }
        } catch {
            throw .intents(error.description)
        }
        let (lanes, clock) = try await makeLanes()
        let shared = Shared(RunStatistics(plan.schedule, warmUp: options.warmUp))
        let sampler = RunSampler(pids: options.pids)
        var usage: RunSampler.Usage?
        var end = RunTime.zero

        await withTaskGroup(of: Void.self) { helpers in
            helpers.addTask { await watch?.run(clock) }
            helpers.addTask {
                await tick(clock, shared, sampler) { sample, totals in
                    shared.series.withLock { $0.append(sample) }
                    onSample(sample, totals)
                }
            }
            helpers.addTask {
                await clock.sleep(until: RunTime(seconds: options.warmUp / .seconds(1)))
                sampler.beginMeasurement()
            }
            await sendAll(lanes, connections, clock, shared)
            end = clock.now
            shared.end.withLock { $0 = end }
            usage = sampler.endMeasurement()
            if let watch { await awaitIntents(watch, lanes, clock) }
            helpers.cancelAll()
        }
        for connection in connections.flatMap(\.self) { await connection.close() }
        watch?.close()

        var observer = lanes[0].observer
        for lane in lanes.dropFirst() { observer.merge(lane.observer) }
        var arrivals: [EventTime: RunTime] = [:]
        for start in observer.windows.passed.keys { arrivals[start] = watch?.arrival(of: start) }
        let statistics = shared.statistics.withLock { $0 }
        let generating = lanes.map { $0.generating / .seconds(1) }.max() ?? 0
        return Outcome(
            clock: clock,
            statistics: statistics,
            series: shared.series.withLock { $0 },
            taken: lanes.map(\.taken),
            observer: observer,
            wasInterrupted: shared.wasInterrupted.load(ordering: .relaxed),
            isWhole: lanes.allSatisfy(\.isTakenWhole) && statistics.totals.acknowledgedEvents == observer.tally.lines,
            generatorShare: generating / max(1e-9, end.seconds),
            end: end,
            arrivals: arrivals,
            processes: usage?.processes ?? [],
            harnessCores: usage?.harnessCores ?? 0,
            errors: shared.errors.withLock { $0 },
            reasons: shared.reasons.withLock { $0 }
        )
    }

    // MARK: - Before

    /// Connections by lane, one for each of its senders; with nng a lane's senders share one.
    private func makeConnections() throws(RunFailure) -> [[any EventConnection]] {
        var connections: [[any EventConnection]] = []
        for lane in 0..<plan.lanes {
            let url = options.urls[lane % options.urls.count]
            if let address = HTTPAddress(url) {
                connections.append(
                    (0..<options.inFlight).map { _ in
                        HTTPConnection(
                            address,
                            authorization: access.authorization,
                            tls: address.isSecure ? access.tls : nil
                        )
                    }
                )
                continue
            }
            do throws(NNGError) {
                let shared = try NNGConnection(url: url, inFlight: options.inFlight, tls: access.security.tls)
                connections.append([any EventConnection](repeating: shared, count: options.inFlight))
            } catch {
                throw .address(url, error.description)
            }
        }
        return connections
    }

    private static let probeTimeout = Duration.seconds(15)

    /// An empty batch is acknowledged when the ingest can take others.
    private func probe(_ connections: [[any EventConnection]]) async throws(RunFailure) {
        for (lane, senders) in connections.enumerated() where lane < options.urls.count {
            do throws(SendFailure) {
                _ = try await senders[0].send([], timeout: Self.probeTimeout)
            } catch {
                throw .unreachable(options.urls[lane], error.description)
            }
        }
    }

    private func makeLanes() async throws(RunFailure) -> ([LaneQueue], RunClock) {
        var delay = Duration.milliseconds(200)
        guard options.pregenerates else {
            let clock = RunClock(startingIn: delay)
            return (queues(clock.origin), clock)
        }
        // The events carry their scheduled time, so the begin is fixed before they are written: late enough for writing all.
        delay = .seconds(1) + .microseconds(Int64(Double(plan.schedule.events) * Self.pregenerationMicroseconds))
        for _ in 0..<3 {
            let clock = RunClock(startingIn: delay)
            let lanes = queues(clock.origin)
            await withTaskGroup(of: Void.self) { group in
                for lane in lanes { group.addTask { lane.pregenerate() } }
            }
            if clock.now < .zero { return (lanes, clock) }
            delay = delay * 3
        }
        throw .pregeneration(events: plan.schedule.events)
    }

    /// Expected time of writing an event beforehand, of one thread of a busy machine.
    private static let pregenerationMicroseconds = 1.5

    private func queues(_ origin: EventTime) -> [LaneQueue] {
        (0..<plan.lanes).map { LaneQueue(LoadLane(plan, origin: origin, index: $0), contract: access.contract) }
    }

    // MARK: - During

    private func sendAll(
        _ lanes: [LaneQueue],
        _ connections: [[any EventConnection]],
        _ clock: RunClock,
        _ shared: Shared
    ) async {
        await withTaskGroup(of: Bool.self) { group in
            for (lane, senders) in zip(lanes, connections) {
                for connection in senders {
                    group.addTask {
                        await send(from: lane, over: connection, clock, shared)
                        return true
                    }
                }
            }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
                return false
            }
            var senders = plan.lanes * options.inFlight
            for await isSender in group {
                if !isSender {
                    shared.wasInterrupted.store(true, ordering: .relaxed)
                    break
                }
                senders -= 1
                if senders == 0 { break }
            }
            group.cancelAll()
        }
    }

    /// One sender: a request in flight at a time.
    private func send(
        from lane: LaneQueue,
        over connection: any EventConnection,
        _ clock: RunClock,
        _ shared: Shared
    ) async {
        var bytes: [UInt8] = []
        var free = clock.now
        let last = RunTime(seconds: plan.schedule.seconds + options.drainLimit / .seconds(1))
        while !Task.isCancelled, clock.now < last, let batch = lane.take(into: &bytes) {
            await clock.sleep(until: batch.due)
            if Task.isCancelled { return }
            let sent = clock.now
            shared.statistics.withLock { $0.sent(batch.count) }
            guard let answer = await deliver(bytes, over: connection, clock, shared) else {
                shared.statistics.withLock { $0.failed(batch) }
                free = clock.now
                continue
            }
            let acknowledged = clock.now
            let result = SentBatch(
                batch: batch,
                senderFree: free,
                sent: sent,
                acknowledged: acknowledged,
                bytes: bytes.count,
                quarantined: answer.acknowledgement.quarantined,
                retries: answer.retries
            )
            shared.statistics.withLock { $0.acknowledged(result) }
            free = acknowledged
        }
    }

    private static let requestTimeout = Duration.seconds(15)
    private static let firstPause = Duration.milliseconds(20)
    private static let longestPause = Duration.seconds(1)

    /// Sends a batch until it is acknowledged; nil when it is given up.
    private func deliver(
        _ bytes: [UInt8],
        over connection: any EventConnection,
        _ clock: RunClock,
        _ shared: Shared
    ) async -> (acknowledgement: Acknowledgement, retries: Int)? {
        let end = ContinuousClock.now + options.giveUpAfter
        var retries = 0
        var pause = Self.firstPause
        while true {
            do throws(SendFailure) {
                let left = max(.milliseconds(1), end - .now)
                return (try await connection.send(bytes, timeout: min(left, Self.requestTimeout)), retries)
            } catch {
                shared.note(error)
                guard error.kind != .rejected, ContinuousClock.now + pause < end, !Task.isCancelled else { return nil }
                retries += 1
                shared.statistics.withLock { $0.retried() }
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private func tick(
        _ clock: RunClock,
        _ shared: Shared,
        _ sampler: RunSampler,
        _ onSample: @Sendable (IntervalSample, RunStatistics.Totals) -> Void
    ) async {
        await clock.sleep(until: .zero)
        var previous = RunTime.zero
        var usage = sampler.instant()
        while !Task.isCancelled {
            await clock.sleep(until: RunTime(nanoseconds: (previous.nanoseconds / 1_000_000_000 + 1) * 1_000_000_000))
            let end = shared.end.withLock { $0 }
            let now = end ?? clock.now
            guard now.nanoseconds - previous.nanoseconds > Self.shortestIntervalNanoseconds else { return }
            let seconds = (now - previous) / .seconds(1)
            var (sample, totals) = shared.statistics.withLock { ($0.takeInterval(from: previous, to: now), $0.totals) }
            let current = sampler.instant()
            if !sampler.pids.isEmpty {
                sample.nodeCores = max(0, current.nodeCpuSeconds - usage.nodeCpuSeconds) / seconds
                sample.nodeMemoryBytes = current.nodeMemoryBytes
            }
            sample.harnessCores = (current.harnessCpuSeconds - usage.harnessCpuSeconds) / seconds
            usage = current
            previous = now
            onSample(sample, totals)
            if end != nil { return }
        }
    }

    /// The rest of the last second is a sample of its own if it is longer.
    private static let shortestIntervalNanoseconds: Int64 = 200_000_000

    // MARK: - After

    private static let intentPatience = Duration.seconds(5)

    /// Waits for the intents of the windows that can close, for a while.
    private func awaitIntents(_ watch: IntentWatch, _ lanes: [LaneQueue], _ clock: RunClock) async {
        var observer = lanes[0].observer
        for lane in lanes.dropFirst() { observer.merge(lane.observer) }
        let starts = observer.windows.passed.keys
        let end = ContinuousClock.now + Self.intentPatience
        while !Task.isCancelled, ContinuousClock.now < end, starts.contains(where: { watch.arrival(of: $0) == nil }) {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
