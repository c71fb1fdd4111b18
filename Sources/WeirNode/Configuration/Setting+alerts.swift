import WeirCore

extension Setting {
    /// The keys of `alerts.yaml`.
    static let alerts: [Setting] = [
        Setting(.alerts, "topic", \.contract.alerts.topic, .topic),
        Setting(.alerts, "rules", read: AlertRule.read, write: { AlertRule.write($0.contract.alerts.rules) }),
    ]
}
