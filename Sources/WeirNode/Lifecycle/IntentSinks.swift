import PostgreSQL
import WeirConnectors
import WeirCore

/// Where an executor carries every intent out to, in this order.
enum IntentSinks {
    /// - Parameter node: the executor's name, for those who look from the other side.
    static func open(
        _ configuration: NodeConfiguration,
        _ contract: Contract,
        in directory: DataDirectory,
        publisher: PublishSink,
        node: String
    ) throws -> [any IntentSink] {
        var sinks: [any IntentSink] = [
            try FileSink(path: directory.records),
            try FileSink(path: directory.alerts, eventType: Intent.alertEventType),
        ]
        if let connection = configuration.executor.postgreSQL {
            let settings = try PostgreSQLSettings(
                connection: connection,
                schema: configuration.executor.postgreSQLSchema,
                timeout: configuration.executor.sinkTimeout
            )
            sinks.append(PostgreSQLSink(settings, node: node))
        }
        let output: KafkaSink.Output? =
            switch configuration.executor.kafka {
            case .off: nil
            case .events: .event
            case .intents: .intent(topic: contract.intents.intentTopic)
            }
        if let output {
            let password = KafkaPassword(of: configuration.kafka)
            // One that is missing now is better known before the first window closes.
            _ = try password.read()
            sinks.append(
                KafkaSink(
                    configuration.kafka,
                    output: output,
                    password: password.read,
                    node: node,
                    timeout: configuration.executor.sinkTimeout
                )
            )
        }
        // Last, so that who listens finds in the others what it hears of.
        sinks.append(publisher)
        return sinks
    }
}
