/// The files of a configuration. Raw values are their usual paths.
public enum ConfigurationFile: String, CaseIterable, Sendable {
    case node = "weir.yaml"
    case contract = "contract.yaml"
    case aggregation = "contracts/aggregation.yaml"
    case streaming = "contracts/streaming.yaml"
    case intentPublisher = "contracts/intent_publisher.yaml"
    case fsm = "contracts/fsm.yaml"
    case alerts = "alerts.yaml"
}
