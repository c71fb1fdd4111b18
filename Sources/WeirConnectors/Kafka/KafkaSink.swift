import WeirCore
import WeirWire

/// Publishes the events of intents to the topics that they name, or the intents themselves to one topic.
///
/// An event counts as published when all replicas in sync have it. After a failure that does not say whether the brokers took it,
/// such as a connection that broke, the intent comes again and may be in the topic twice, with the same `intent_id` in its headers.
public actor KafkaSink: IntentSink {
    /// What it publishes of an intent.
    public enum Output: Sendable, Hashable {
        case event
        /// The intent, whole, to a topic that other executors read.
        case intent(topic: String)
    }

    /// Wall clock: a new message waits for the poll that is under way, at most.
    private static let pollTimeout = Duration.milliseconds(5)

    public nonisolated let name: String
    private let settings: KafkaSettings
    private let output: Output
    private let password: @Sendable () throws -> String?
    private let node: String
    private let timeout: Duration
    private let executor = ThreadExecutor(name: "kafka-sink")
    private var producer: KafkaProducer?
    private var waiting: [UInt: CheckedContinuation<Void, any Error>] = [:]
    private var lastNumber: UInt = 0
    private var isPolling = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - password: of SASL; asked for each time that the sink connects anew.
    ///   - node: the executor's name, which completes the client's.
    ///   - timeout: how long an event may wait for its acknowledgement, ≥ 100 ms.
    public init(
        _ settings: KafkaSettings,
        output: Output = .event,
        password: @escaping @Sendable () throws -> String?,
        node: String,
        timeout: Duration
    ) {
        self.settings = settings
        self.output = output
        self.password = password
        self.node = node
        self.timeout = timeout
        name = settings.place
    }

    public func carryOut(_ intent: LeasedIntent) async throws {
        let message =
            switch output {
            case .event: KafkaMessage(event: intent)
            case .intent(let topic): KafkaMessage(intent: intent, topic: topic)
            }
        guard let message else {
            throw KafkaFailure(
                place: name,
                doing: "find the event of intent \(intent.id) for",
                message: "it is not there",
                code: nil
            )
        }
        try await publish(message)
    }

    /// Tells a topic what came of an intent.
    public func publish(_ result: IntentResult, to topic: String) async throws {
        try await publish(KafkaMessage(result: result, topic: topic))
    }

    private func publish(_ message: KafkaMessage) async throws {
        try await withCheckedThrowingContinuation { continuation in
            do {
                lastNumber += 1
                try connected().send(message, as: lastNumber)
                waiting[lastNumber] = continuation
            } catch {
                continuation.resume(throwing: error)
            }
            if !isPolling, !waiting.isEmpty {
                isPolling = true
                Task { await self.pollAll() }
            }
        }
    }

    public func close() { endProducer(because: nil) }

    private func connected() throws -> KafkaProducer {
        if let producer, producer.failure == nil { return producer }
        endProducer(because: producer?.failure)
        let new = try KafkaProducer(settings, password: try password(), node: node, timeout: timeout)
        producer = new
        return new
    }

    /// Lets go of a producer; what it has not said of the messages that it had, it can't say any more.
    private func endProducer(because failure: KafkaFailure?) {
        deliver(producer?.poll(.zero) ?? [])
        producer = nil
        for continuation in waiting.values { continuation.resume(throwing: failure ?? CancellationError()) }
        waiting = [:]
    }

    /// Polls while something is under way, and lets in what comes meanwhile.
    private func pollAll() async {
        while !waiting.isEmpty, let producer {
            deliver(producer.poll(Self.pollTimeout))
            await Task.yield()
        }
        isPolling = false
    }

    private func deliver(_ deliveries: [KafkaProducer.Delivery]) {
        for delivery in deliveries {
            let continuation = waiting.removeValue(forKey: delivery.number)
            if let failure = delivery.failure {
                continuation?.resume(throwing: failure)
            } else {
                continuation?.resume()
            }
        }
    }
}
