import Logging
import Synchronization
import WeirConnectors
import WeirCore
import WeirWire

/// The shell of a ``KafkaSourceMachine``: a member of a consumer group, on a thread of its own, whose messages go to an ingest.
actor KafkaSource {
    private typealias Partition = KafkaBatch.Partition

    private let executor = ThreadExecutor(name: "kafka-source")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let settings: KafkaSettings
    private let password: KafkaPassword
    private let node: String
    private let membership: KafkaConsumer.Membership
    private var machine: KafkaSourceMachine
    private var consumer: KafkaConsumer?
    /// Given by the group, and not yet read, because it is not known yet from where.
    private var unread: Set<Partition> = []
    /// When what has failed is tried again.
    private var retryAt = ContinuousClock.now
    private var isStopping = false
    private var isStopped = false
    private nonisolated let isOpen = Atomic(true)
    private nonisolated let batches = JobQueue<KafkaBatch>(limit: 1)
    private let metrics: NodeMetrics
    private let log: Logger
    private let notices = NoticeLimiter()

    /// Wall clock: how long the source waits for messages while nothing else is to do, and while a batch is under way.
    private static let idleTimeout = Duration.milliseconds(50)
    private static let busyTimeout = Duration.milliseconds(5)
    /// Wall clock: pause while there is no room for messages.
    private static let holdInterval = Duration.milliseconds(2)
    /// Wall clock: pause before a client that failed is made anew, or the group is asked again.
    private static let retryDelay = Duration.seconds(2)
    /// Wall clock: how long the group may take to answer before the source lets partitions go.
    private static let commitTimeout = Duration.seconds(1)
    /// Wall clock: how long a batch that is under way may take when the source stops.
    private static let stopGrace = Duration.seconds(1)

    /// - Parameters:
    ///   - node: the ingest's name, under which it is a member of the group.
    ///   - journal: what the recovered journal has.
    init(
        _ settings: KafkaSettings,
        node: String,
        _ membership: KafkaConsumer.Membership,
        limits: KafkaSourceMachine.Limits,
        journal: LogPositions?,
        metrics: NodeMetrics,
        log: Logger
    ) throws {
        self.settings = settings
        password = KafkaPassword(of: settings)
        // One that is missing now is better known at once.
        _ = try password.read()
        self.node = node
        self.membership = membership
        machine = KafkaSourceMachine(group: membership.group, limits: limits, journal: journal)
        self.metrics = metrics
        self.log = log
    }

    /// Reads until ``stop()``.
    ///
    /// - Parameter take: returns when a batch is on disk or refused.
    func run(into take: @escaping @Sendable (KafkaBatch) async -> IngestReply) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await batch in self.batches.jobs { await self.finish(await take(batch)) }
            }
            group.addTask { await self.read() }
            await group.waitForAll()
        }
    }

    /// Gives nothing more to the ingest, tells the group how far it is, and lets go. The partitions stay the member's until the session
    /// ends.
    func stop() async {
        isStopping = true
        if await !isMet(within: Self.stopGrace, { await !self.machine.isSubmitting }) {
            log.warning("a batch of Kafka is still under way; the group will not know of it, and it may be read again")
        }
        isStopped = true
        batches.finish()
    }

    /// Whether the ingest is in service; a drained one reads nothing.
    nonisolated func setOpen(_ isOpen: Bool) { self.isOpen.store(isOpen, ordering: .relaxed) }

    /// What it holds now.
    var samples: [MetricSample] {
        guard let consumer else { return [] }
        return machine.assigned.sorted().compactMap { partition in
            guard let end = consumer.end(of: partition) else { return nil }
            let next = max(machine.durable.next[partition] ?? 0, machine.committed.next[partition] ?? 0)
            return MetricSample(.kafkaLag, [partition.topic, "\(partition.number)"], Int(max(0, end - next)))
        }
    }

    // MARK: - Reading

    private func read() async {
        while !isStopped, !Task.isCancelled {
            if isStopping || !isOpen.load(ordering: .relaxed) {
                if !machine.isSubmitting { leave() }
                try? await Task.sleep(for: Self.idleTimeout)  // Ends early only by cancellation.
            } else if let consumer = joined() {
                await poll(consumer)
            } else {
                try? await Task.sleep(for: Self.idleTimeout)
            }
        }
        leave()
    }

    private func poll(_ consumer: KafkaConsumer) async {
        if let failure = consumer.failure {
            note(failure, "the Kafka client gave up, and is made anew")
            return letGo()
        }
        if machine.isHeld {
            try? await Task.sleep(for: Self.holdInterval)
        } else {
            var events: [KafkaConsumer.Event] = []
            let timeout = machine.isSubmitting ? Self.busyTimeout : Self.idleTimeout
            consumer.poll(timeout, into: &machine.gathered, upTo: machine.limits.batchBytes) { events.append($0) }
            for event in events { take(event) }
            await Task.yield()
        }
        receive(.tick)
        if !unread.isEmpty, retryAt <= .now { beginReading(consumer) }
    }

    private func take(_ event: KafkaConsumer.Event) {
        switch event {
        case .assigned(let partitions):
            tell("partitions of Kafka are read here", partitions)
            receive(.assigned(partitions))
        case .revoked(let partitions):
            tell("partitions of Kafka go to others", partitions)
            receive(.revoked(partitions))
        case .lost(let partitions):
            log.warning(
                "the group gave partitions to others without waiting; what is between is read twice, and counted once",
                metadata: ["partitions": "\(partitions.sorted())"]
            )
            receive(.lost(partitions))
        case .committed(let positions):
            metrics.add(.kafkaCommits, ["committed"])
            receive(.committed(positions))
        case .commitFailed(let failure):
            metrics.add(.kafkaCommits, ["failed"])
            note(failure, "the group could not be told what is on disk; it will be told again")
            receive(.commitFailed)
        case .trouble(let failure):
            note(failure, "Kafka can't be read; it is tried again")
        }
    }

    private func finish(_ reply: IngestReply) {
        switch reply {
        case .accepted: receive(.accepted)
        case .retry(let reason), .rejected(let reason):
            if notices.admits("refused") {
                log.info("the ingest can't take messages of Kafka now; they wait", metadata: ["reason": "\(reason)"])
            }
            receive(.refused)
        }
    }

    private func receive(_ input: KafkaSourceInput) {
        for effect in machine.receive(input, at: .now) { carryOut(effect) }
    }

    private func carryOut(_ effect: KafkaSourceEffect) {
        switch effect {
        case .submit(let batch): batches.add(batch)
        case .assign(let partitions):
            unread.formUnion(partitions)
            if let consumer { beginReading(consumer) }
        case .unassign(let partitions):
            unread.subtract(partitions)
            attempt("partitions could not be given back") { try consumer?.unassign(partitions) }
        case .pause: consumer?.pause(machine.assigned)
        case .resume: consumer?.resume(machine.assigned)
        case .commit(let positions, let isUrgent): commit(positions, isUrgent: isUrgent)
        }
    }

    /// Takes up partitions where the journal is, or where the group is if that is further: another ingest has read on.
    private func beginReading(_ consumer: KafkaConsumer) {
        retryAt = .now + Self.retryDelay
        attempt("the group's offsets are not known, so its partitions wait") {
            var positions = machine.durable.of(unread.filter { machine.durable.next[$0] != nil })
            if !unread.isEmpty {
                let group = try consumer.committed(of: unread)
                receive(.committed(group))
                positions.advance(by: group)
            }
            try consumer.assign(unread, at: positions)
            if machine.isPaused { consumer.pause(unread) }
            unread = []
        }
    }

    private func commit(_ positions: LogPositions, isUrgent: Bool) {
        do throws(KafkaFailure) {
            guard let consumer else { return receive(.commitFailed) }
            // The answer to one that is not urgent comes as an event.
            guard isUrgent else { return try consumer.commit(positions) }
            try consumer.commit(positions, within: Self.commitTimeout)
            take(.committed(positions))
        } catch { take(.commitFailed(error)) }
    }

    // MARK: - Membership

    private func joined() -> KafkaConsumer? {
        if let consumer { return consumer }
        guard retryAt <= .now else { return nil }
        retryAt = .now + Self.retryDelay
        attempt("Kafka's client can't be made") {
            consumer = try KafkaConsumer(settings, password: try password.read(), node: node, membership)
            retryAt = .now
        }
        return consumer
    }

    /// Commits what is on disk, and lets go.
    private func leave() {
        guard let consumer else { return }
        let positions = machine.uncommitted
        if !positions.next.isEmpty {
            attempt("the group could not be told what is on disk; it is read again") {
                try consumer.commit(positions, within: Self.commitTimeout)
            }
        }
        letGo()
    }

    private func letGo() {
        consumer = nil
        unread = []
        retryAt = .now + Self.retryDelay
        machine.forgetAssignment()
    }

    private func tell(_ what: Logger.Message, _ partitions: Set<Partition>) {
        // Each member hears of each change of the group, also of those that leave it what it has.
        guard !partitions.isEmpty else { return }
        log.info(what, metadata: ["partitions": "\(partitions.sorted())"])
    }

    private func attempt(_ consequence: Logger.Message, _ body: () throws -> Void) {
        do { try body() } catch { note(error, consequence) }
    }

    private func note(_ failure: any Error, _ consequence: Logger.Message) {
        metrics.add(.kafkaFailures)
        guard notices.admits("\(consequence)") else { return }
        log.warning(consequence, metadata: ["error": "\(failure)"])
    }
}
