import Testing
import WeirCore

@testable import WeirNode

@Suite("Alert rules in alerts.yaml")
struct AlertRuleConfigurationTests {
    private func problems(_ rules: String) -> [String] { ConfigurationFixture(.alerts, "rules:\n" + rules).problems }

    private func rules(_ text: String) throws -> [AlertRule] {
        try ConfigurationFixture(.alerts, "rules:\n" + text).load().configuration.contract.alerts.rules
    }

    @Test("A rule is read with what it does not say at its default")
    func rule() throws {
        let text = """
              - name: a.b-c_1
                window: daily
                by: stage
                metric: p95_duration_seconds
                above: 30
            """
        let rule = try #require(try rules(text).first)
        #expect(rule.name == "a.b-c_1" && rule.window == .daily && rule.dimension == .stage)
        #expect(rule.bound == .above(30, clear: 30) && rule.severity == .warning && rule.holdFor == .zero)
        #expect(rule.weightMin == 1 && rule.past == nil && rule.silenceMax == .seconds(86_400))
    }

    @Test("Every key is read, and written such that it reads back")
    func everyKey() throws {
        let text =
            "  - {name: m, severity: critical, window: hourly, by: model, metric: avg_quality_score, below: 0.9, clear: 0.95, past: 7d, for: 2h, min_count: 5, silence: 3h}"
        let rule = try #require(try rules(text).first)
        #expect(rule.bound == .below(0.9, clear: 0.95) && rule.past == .seconds(7 * 86_400))
        #expect(rule.holdFor == .seconds(7200) && rule.weightMin == 5 && rule.silenceMax == .seconds(3 * 3600))
        let all = AlertRule.standard + [rule]
        let again = try ConfigurationFixture(.alerts, "rules: " + AlertRule.write(all)).load()
        #expect(again.configuration.contract.alerts.rules == all)
    }

    @Test("No rules are no alerts")
    func none() throws {
        let loaded = try ConfigurationFixture(.alerts, "rules: []").load()
        #expect(loaded.configuration.contract.alerts.rules.isEmpty)
    }

    @Test("What is wrong is named with its line, its key and what is allowed")
    func wrong() {
        let text = """
              - name: one
                window: minutely
                metric: success_rate
                below: 0.5
              - name: two
                window: hourly
                metric: succes_rate
                below: 0.5
                clear: 0.4
                fro: 3m
              - name: three
                window: hourly
                metric: success_rate
            """
        let found = problems(text)
        #expect(
            found.contains(
                "config/alerts.yaml:3: rules[0].window: minutely is not allowed; it must be one of streaming, hourly, daily, weekly, monthly"
            )
        )
        #expect(
            found.contains {
                $0.hasPrefix(
                    "config/alerts.yaml:8: rules[1].metric: succes_rate is not allowed; did you mean success_rate?; it must be a metric of a whole window: total_generations,"
                )
            }
        )
        #expect(
            found.contains {
                $0.hasPrefix(
                    "config/alerts.yaml:10: rules[1].clear: 0.4 is not allowed; it must be at least below, which is 0.5:"
                )
            }
        )
        #expect(
            found.contains {
                $0.hasPrefix(
                    "config/alerts.yaml:11: rules[1].fro: the key is not known; did you mean for? known here: name,"
                )
            }
        )
        #expect(
            found.contains("config/alerts.yaml:12: rules[2]: a threshold is missing; below or above must be given")
        )
        #expect(found.count == 5)
    }

    @Test(
        "Single mistakes",
        arguments: [
            ("  - {window: hourly, metric: success_rate, below: 1}", "rules[0]: the key name is missing"),
            ("  - {name: a/b, window: hourly, metric: success_rate, below: 1}", "rules[0].name: a/b is not allowed"),
            ("  - {name: a, window: hourly, metric: success_rate, below: 1, above: 2}", "both given"),
            (
                "  - {name: a, window: hourly, by: planet, metric: x, below: 1}",
                "must be one of stage, model, node_type, error_code"
            ),
            (
                "  - {name: a, window: hourly, by: node_type, metric: total_cost_usd, below: 1}",
                "must be a metric of a node_type: total_generations, avg_duration_seconds, avg_quality_score"
            ),
            ("  - {name: a, window: hourly, metric: success_rate, below: nan}", "must be a number from"),
            (
                "  - {name: a, window: hourly, metric: stuck_workflows, above: 1, past: 1d}",
                "is not allowed with stuck_workflows"
            ),
            (
                "  - {name: a, window: streaming, metric: success_rate, below: 1, past: 1d}",
                "must be a duration from 5s to 5000s"
            ),
            (
                "  - {name: a, window: hourly, metric: success_rate, below: 1, min_count: 0}",
                "must be a whole number from 1 to"
            ),
            (
                "  - {name: a, window: hourly, metric: success_rate, below: 1}\n  - {name: a, window: hourly, metric: success_rate, below: 1}",
                "a is given twice"
            ),
            ("  - 3", "must be a group with the keys name, severity"),
            ("  not: a list", "must be a list of up to 100 groups"),
        ]
    )
    func mistakes(text: String, expected: String) {
        let found = problems(text)
        #expect(found.count == 1 && found.first?.contains(expected) == true, "\(found)")
    }
}
