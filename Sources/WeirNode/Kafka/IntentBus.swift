import Logging
import Synchronization
import WeirCluster
import WeirConnectors
import WeirCore
import WeirWire

/// Intents that an executor has from Kafka's topic in place of leases, and what came of them, which it publishes there as well.
///
/// An intent is carried out until it succeeds or its attempts are used up; then the next ones are read. One whose executor dies
/// comes again, to another member of the group, under the same id.
final class IntentBus: Sendable {
    private let source: KafkaSource
    private let results: KafkaSink
    private let topic: String
    private let resultTopic: String
    private let retry: RetryPolicy
    private let log: Logger
    private let isStopping = Atomic(false)

    init(
        source: KafkaSource,
        results: KafkaSink,
        topic: String,
        resultTopic: String,
        retry: RetryPolicy,
        log: Logger
    ) {
        self.source = source
        self.results = results
        self.topic = topic
        self.resultTopic = resultTopic
        self.retry = retry
        self.log = log
    }

    /// Carries out what comes until ``stop()``.
    func run(_ carryOut: @escaping @Sendable (LeasedIntent) async -> IntentResult) async {
        await source.run { await self.carryOut($0, carryOut) }
        await results.close()
    }

    /// Begins no further attempts, and tells the group what is done.
    func stop() async {
        isStopping.store(true, ordering: .relaxed)
        await source.stop()
    }

    /// Returns when all intents of a batch are done with, one way or the other.
    private func carryOut(
        _ batch: KafkaBatch,
        _ carryOut: @escaping @Sendable (LeasedIntent) async -> IntentResult
    ) async -> IngestReply {
        let lines = batch.body.split(separator: 0x0A)
        var intents: [LeasedIntent] = []
        for (number, line) in lines.enumerated() {
            if let intent = LeasedIntent(published: Array(line), topic: topic) {
                intents.append(intent)
            } else if let place = batch.place(ofLine: number) {
                log.error(
                    "a message is no intent, and is passed over",
                    metadata: ["partition": "\(place.partition)", "offset": "\(place.offset)"]
                )
            }
        }
        var isDone = true
        for start in stride(from: 0, to: intents.count, by: ExecutorMachine.concurrencyMax) {
            let some = intents[start..<min(intents.count, start + ExecutorMachine.concurrencyMax)]
            await withTaskGroup(of: Bool.self) { group in
                for intent in some { group.addTask { await self.finish(intent, carryOut) } }
                for await isFinished in group where !isFinished { isDone = false }
            }
        }
        guard isDone else { return .retry(reason: "the executor is stopping") }
        return .accepted(lines: intents.count, quarantined: lines.count - intents.count, sequence: 0)
    }

    /// Returns whether the intent is done with, and its result is published.
    private func finish(
        _ intent: LeasedIntent,
        _ carryOut: @Sendable (LeasedIntent) async -> IntentResult
    ) async -> Bool {
        var intent = intent
        while true {
            let result = await carryOut(intent)
            if result.success || intent.attempt >= retry.attemptsMax {
                if !result.success {
                    log.error(
                        "an intent was given up; it stays in the topic, and its result says why",
                        metadata: ["intent_id": "\(intent.id)", "error": "\(result.errorMessage ?? "")"]
                    )
                }
                return await publish(result)
            }
            guard await pause(intent.id, after: intent.attempt) else { return false }
            intent.attempt += 1
        }
    }

    private func publish(_ result: IntentResult) async -> Bool {
        var attempts = 0
        while true {
            do {
                try await results.publish(result, to: resultTopic)
                return true
            } catch {
                attempts += 1
                log.warning(
                    "the result of an intent could not be published; it is tried again",
                    metadata: ["intent_id": "\(result.intentID)", "error": "\(error)"]
                )
                guard await pause(result.intentID, after: attempts) else { return false }
            }
        }
    }

    /// Returns whether to go on.
    private func pause(_ intent: UUID128, after attempts: Int) async -> Bool {
        guard !isStopping.load(ordering: .relaxed), !Task.isCancelled else { return false }
        try? await Task.sleep(for: retry.pause(of: intent, after: attempts))  // Ends early only by cancellation.
        return !isStopping.load(ordering: .relaxed) && !Task.isCancelled
    }
}

extension IntentBus {
    /// The bus of an executor; nil for one that leases its intents.
    static func open(
        _ configuration: NodeConfiguration,
        _ contract: Contract,
        node: String,
        metrics: NodeMetrics,
        log: Logger
    ) throws -> IntentBus? {
        guard configuration.executor.intents == .kafka else { return nil }
        let membership = KafkaConsumer.Membership(
            group: configuration.executor.kafkaGroup,
            topics: [contract.intents.intentTopic]
        )
        return IntentBus(
            source: try KafkaSource(
                configuration.kafka,
                node: node,
                membership,
                limits: KafkaSourceMachine.Limits(),
                journal: nil,
                metrics: metrics,
                log: log
            ),
            results: KafkaSink(
                configuration.kafka,
                password: KafkaPassword(of: configuration.kafka).read,
                node: node,
                timeout: configuration.executor.sinkTimeout
            ),
            topic: contract.intents.intentTopic,
            resultTopic: configuration.executor.kafkaResultTopic,
            retry: contract.intents.retry,
            log: log
        )
    }
}
