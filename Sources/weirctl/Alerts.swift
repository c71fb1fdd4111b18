import ArgumentParser
import Foundation
import WeirNode

struct Alerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List alerts: what is firing, pending or resolved, and the rules with which all is well.",
        discussion: """
            Rules are part of the contract (config/alerts.yaml); they are compared with each window as it closes. Firing and resolving are \
            announced as intents on their own topic.

            Exit code 2: at least one alert is firing.

            Examples:
              weirctl alerts
              weirctl alerts --state firing --json
              weirctl alerts --history
            """
    )

    @OptionGroup var connection: Connection

    @Option(help: ArgumentHelp("ok, pending, firing or resolved; all unless given.", valueName: "state"))
    var state: String?

    @Option(help: "At most so many, 1…10000.")
    var limit = 1000

    @Flag(help: "What became of alerts, newest first, instead of how they are.")
    var history = false

    @Flag(help: "Print one JSON object a line.")
    var json = false

    private static let states = ["ok", "pending", "firing", "resolved"]

    private struct Alert: Decodable {
        var rule: String
        var group: String?
        var state: String
        var severity: String
        var metric: String
        var value: Double?
        var ratio: Double?
        var bound: String
        var threshold: Double
        var windowStart: String?
        var since: String?
    }

    private struct Transition: Decodable {
        var rule: String
        var group: String?
        var from: String
        var to: String
        var cause: String
        var windowStart: String
        var value: Double
        var at: String
    }

    func validate() throws {
        if let state, !Self.states.contains(state) {
            throw ValidationError("--state \(state): not a state of alerts; use \(Self.states.joined(separator: ", "))")
        }
        guard (1...10_000).contains(limit) else {
            throw ValidationError("--limit \(limit): a number in 1…10000 is needed")
        }
        if history, state != nil { throw ValidationError("--history: it has all states; leave --state out") }
    }

    func run() async throws {
        if history {
            try await showHistory()
        } else {
            try await showAlerts()
        }
    }

    private func showAlerts() async throws {
        let rows = try JSONPage(try await connection.ask(.alerts(state: state, limit: limit))).elements
        let alerts = try rows.map { try $0.decoded(Alert.self) }
        if json {
            printLines(rows)
        } else {
            var table = TextTable(
                [
                    ("STATE", .left), ("SEVERITY", .left), ("RULE", .left), ("GROUP", .left), ("VALUE", .right),
                    ("BOUND", .left), ("SINCE", .left), ("WINDOW", .left),
                ],
                overflow: .below
            )
            for alert in alerts {
                let value = alert.ratio ?? alert.value
                table.add([
                    alert.state, alert.severity, alert.rule, alert.group ?? "",
                    value.map { String(format: "%.4g", $0) } ?? "",
                    "\(alert.metric) \(alert.bound) \(String(format: "%.4g", alert.threshold))"
                        + (alert.ratio == nil ? "" : " of its past"),
                    alert.since ?? "", alert.windowStart ?? "",
                ])
            }
            printTable(table, empty: "no alerts: the contract has no rules, or none in this state")
        }
        if alerts.contains(where: { $0.state == "firing" }) { throw ExitCode(2) }
    }

    private func showHistory() async throws {
        let rows = try JSONPage(try await connection.ask(.alertHistory(limit: limit))).elements
        if json {
            printLines(rows)
            return
        }
        var table = TextTable(
            [
                ("AT", .left), ("RULE", .left), ("GROUP", .left), ("FROM", .left), ("TO", .left), ("CAUSE", .left),
                ("VALUE", .right), ("WINDOW", .left),
            ],
            overflow: .below
        )
        for row in rows {
            let step = try row.decoded(Transition.self)
            table.add([
                step.at, step.rule, step.group ?? "", step.from, step.to, step.cause,
                String(format: "%.4g", step.value), step.windowStart,
            ])
        }
        printTable(table, empty: "nothing has happened yet")
    }
}
