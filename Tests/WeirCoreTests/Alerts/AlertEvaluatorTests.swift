import Testing
import WeirTestSupport

@testable import WeirCore

@Suite struct AlertEvaluatorTests {
    private static let hour: Int64 = 3_600_000_000
    private static let now = EventTime(microseconds: 1)
    private var contract = Contract()
    private var rule = AlertRule(
        name: "quality",
        window: .hourly,
        metric: .averageQuality,
        dimension: .model,
        bound: .below(0.5, clear: 0.6)
    )

    private func evaluator(
        _ rules: [AlertRule]? = nil,
        progress: [AlertProgress] = [],
        statuses: [AlertStatus] = [],
        groupsMax: Int = 1000
    ) -> AlertEvaluator {
        var settings = AlertSettings()
        settings.rules = rules ?? [rule]
        settings.limits.groupsMax = groupsMax
        return AlertEvaluator(settings: settings, layout: .standard, progress: progress, statuses: statuses)
    }

    private func window(_ hour: Int64) -> Window {
        Window(type: .hourly, start: EventTime(microseconds: hour * Self.hour))
    }

    /// Completed generations by model, of one quality each.
    private func aggregate(_ qualities: [String: Double], count: Int = 10) -> WindowAggregate {
        var aggregate = WindowAggregate(limits: contract.aggregation)
        for (model, quality) in qualities.sorted(by: { $0.key < $1.key }) {
            let position = aggregate.models.position(of: model, hash: XXHash64.hash(model))
            for _ in 0..<count {
                aggregate.completed += 1
                aggregate.quality.add(quality)
                aggregate.models.update(at: position) {
                    $0.generations += 1
                    $0.quality.add(quality)
                }
            }
        }
        return aggregate
    }

    private func news(_ changes: AlertChanges) -> [String] {
        changes.notices.map { "\($0.status.key.group ?? "") \($0.isFiring ? "fires" : "is over") \($0.cause.name)" }
    }

    @Test func groupsFireOnTheirOwn() {
        var alerts = evaluator()
        #expect(
            news(alerts.observe(window(0), revision: 0, aggregate(["a": 0.9, "b": 0.4]), at: Self.now)) == [
                "b fires held"
            ]
        )
        #expect(
            news(alerts.observe(window(1), revision: 0, aggregate(["a": 0.3, "b": 0.55]), at: Self.now)) == [
                "a fires held"
            ]
        )
        #expect(
            news(alerts.observe(window(2), revision: 0, aggregate(["a": 0.6, "b": 0.7]), at: Self.now))
                == ["a is over clear", "b is over clear"]
        )
    }

    @Test mutating func samplesOfLittleWeightSayNothing() {
        rule.weightMin = 11
        var alerts = evaluator()
        #expect(alerts.observe(window(0), revision: 0, aggregate(["a": 0.1]), at: Self.now).notices.isEmpty)
        #expect(!alerts.observe(window(1), revision: 0, aggregate(["a": 0.1], count: 11), at: Self.now).notices.isEmpty)
    }

    @Test func aRevisionOfTheNewestWindowIsLookedAtAnewAndOfAnOlderOneNot() {
        var alerts = evaluator()
        #expect(news(alerts.observe(window(0), revision: 0, aggregate(["a": 0.4]), at: Self.now)) == ["a fires held"])
        #expect(
            news(alerts.observe(window(0), revision: 1, aggregate(["a": 0.7]), at: Self.now)) == ["a is over clear"]
        )
        let again = alerts.observe(window(0), revision: 2, aggregate(["a": 0.4]), at: Self.now)
        #expect(news(again) == ["a fires held"] && again.notices[0].incident.number == 1)
        #expect(alerts.observe(window(1), revision: 0, aggregate(["a": 0.4]), at: Self.now).notices.isEmpty)
        #expect(alerts.observe(window(0), revision: 3, aggregate(["a": 0.9]), at: Self.now).isEmpty)
        #expect(alerts.observe(window(-1), revision: 0, aggregate(["a": 0.9, "b": 0.1]), at: Self.now).isEmpty)
    }

    @Test func whatIsStoredGoesOnWhereItWas() throws {
        // Any cut: an evaluator made anew from what was stored says the same as one that lived on.
        for seed in 0..<15 {
            var random = SplitMix64(seed: UInt64(seed))
            var rules = [rule]
            rules[0].holdFor = .seconds(3600 * Int64(random.next() % 3))
            rules.append(rule)
            rules[1].name = "past"
            rules[1].past = .seconds(4 * 3600)
            rules[1].bound = .below(0.8, clear: 0.9)
            rules[1].silenceMax = .seconds(2 * 3600)
            var lasting = evaluator(rules)
            var store = AlertStore()
            var cut = evaluator(rules)
            var ids: Set<UUID128> = []
            var hour: Int64 = 0
            for _ in 0..<40 {
                hour += Int64(random.next() % 3)
                let start = window(random.next() % 5 == 0 ? hour - 1 : hour)
                var qualities: [String: Double] = [:]
                for model in ["a", "b", "c"] where random.next() % 4 > 0 {
                    qualities[model] = Double(random.next() % 10) / 10
                }
                let aggregate = aggregate(qualities)
                let expected = lasting.observe(start, revision: 0, aggregate, at: Self.now)
                if random.next() % 3 == 0 {
                    cut = evaluator(rules, progress: store.progress, statuses: try store.statuses)
                }
                let changes = cut.observe(start, revision: 0, aggregate, at: Self.now)
                #expect(changes == expected, "seed \(seed)")
                store.apply(changes)
                for notice in changes.notices {
                    let id = Intent(announcing: notice, contract: contract, at: Self.now).id
                    #expect(ids.insert(id).inserted, "an incident is announced once")
                }
            }
        }
    }

    @Test mutating func theOwnPastIsAWeightedMeanOfTheWindowsWithinIt() {
        rule.past = .seconds(3 * 3600)
        rule.bound = .below(0.8, clear: 0.9)
        var alerts = evaluator()
        _ = alerts.observe(window(0), revision: 0, aggregate(["a": 1.0], count: 30), at: Self.now)
        _ = alerts.observe(window(1), revision: 0, aggregate(["a": 0.8], count: 10), at: Self.now)
        // (30 · 1 + 10 · 0.8) / 40 = 0.95, of which 0.75 is 0.789…
        let fallen = alerts.observe(window(2), revision: 0, aggregate(["a": 0.75]), at: Self.now)
        #expect(news(fallen) == ["a fires held"])
        #expect(fallen.notices[0].status.baseline == 0.95)
        // Hour 0 is no longer within the past of hour 4.
        let later = alerts.observe(window(4), revision: 0, aggregate(["a": 0.75]), at: Self.now)
        #expect(later.statuses.last?.baseline == (0.8 * 10 + 0.75 * 10) / 20)
        #expect(news(later) == ["a is over clear"])
        // A revision of a past window counts for what comes after.
        _ = alerts.observe(window(2), revision: 1, aggregate(["a": 0.1]), at: Self.now)
        let last = alerts.observe(window(5), revision: 0, aggregate(["a": 0.75]), at: Self.now)
        #expect(last.statuses.last?.baseline == (0.1 * 10 + 0.75 * 10) / 20)
    }

    @Test mutating func anAlertOfWhichNothingIsHeardIsOver() {
        rule.silenceMax = .seconds(2 * 3600)
        var alerts = evaluator()
        _ = alerts.observe(window(0), revision: 0, aggregate(["a": 0.1, "b": 0.9]), at: Self.now)
        #expect(alerts.observe(window(1), revision: 0, aggregate(["b": 0.9]), at: Self.now).notices.isEmpty)
        let silent = alerts.observe(window(2), revision: 0, aggregate(["b": 0.9]), at: Self.now)
        #expect(news(silent) == ["a is over silence"])
        #expect(silent.removed.map(\.group) == ["a"] && !silent.statuses.contains { $0.key.group == "a" })
    }

    @Test mutating func aRuleThatIsRemovedOrLooksElsewhereEndsItsAlerts() {
        var alerts = evaluator()
        let fired = alerts.observe(window(0), revision: 0, aggregate(["a": 0.1]), at: Self.now)
        var without = evaluator([], progress: fired.progress, statuses: fired.statuses)
        let retired = without.retire(at: Self.now)
        #expect(news(retired) == ["a is over rule_removed"])
        #expect(retired.removedRules == ["quality"] && retired.removed.map(\.group) == ["a"])
        rule.window = .daily
        var other = evaluator(progress: fired.progress, statuses: fired.statuses)
        #expect(news(other.retire(at: Self.now)) == ["a is over rule_removed"])
        rule.window = .hourly
        rule.bound = .below(0.05, clear: 0.6)
        var same = evaluator(progress: fired.progress, statuses: fired.statuses)
        #expect(same.retire(at: Self.now).isEmpty, "another threshold is the same rule")
    }

    @Test func groupsBeyondTheLimitAreNotWatched() {
        var alerts = evaluator(groupsMax: 1)
        let changes = alerts.observe(window(0), revision: 0, aggregate(["a": 0.1, "b": 0.1]), at: Self.now)
        #expect(news(changes) == ["a fires held"])
    }

    @Test func aChangeAfterAnotherIsBoth() {
        var alerts = evaluator()
        var sum = alerts.observe(window(0), revision: 0, aggregate(["a": 0.1]), at: Self.now)
        var without = evaluator([], progress: sum.progress, statuses: sum.statuses)
        sum.append(without.retire(at: Self.now))
        #expect(sum.statuses.isEmpty && sum.progress.isEmpty && sum.notices.count == 2)
        sum.append(alerts.observe(window(1), revision: 0, aggregate(["a": 0.2]), at: Self.now))
        #expect(sum.removed.isEmpty && sum.removedRules.isEmpty && sum.statuses.count == 1)
    }

    @Test func anAnnouncementNamesItsIncidentAndEscapesItsGroup() {
        var alerts = evaluator()
        let group = "<b>\"x\"\n"
        let notice = alerts.observe(window(0), revision: 2, aggregate([group: 0.1]), at: Self.now).notices[0]
        let intent = Intent(announcing: notice, contract: contract, at: Self.now)
        let text = String(decoding: intent.targetEventPayload, as: UTF8.self)
        #expect(intent.priority == 1 && intent.targetTopic == "dev.codegen.metrics_alert.v1")
        #expect(text.contains(#""state":"firing","cause":"held","rule":"quality","severity":"warning""#))
        #expect(text.contains(#""group":"<b>\"x\"\n","metric":"avg_quality_score","value":0.1,"#))
        #expect(text.contains(#""revision":2"#))
        #expect(Intent.targetEventPayload(inJSON: intent.json).map(Array.init) == intent.targetEventPayload)
        let resolved = alerts.observe(window(1), revision: 0, aggregate([group: 0.9]), at: Self.now).notices[0]
        let end = Intent(announcing: resolved, contract: contract, at: Self.now)
        #expect(end.correlationID == intent.correlationID && end.id != intent.id && end.targetKey == intent.targetKey)
    }
}

/// What a store keeps of alerts.
private struct AlertStore {
    private var rules: [String: AlertProgress] = [:]
    private var rows: [AlertKey: [UInt8]] = [:]

    var progress: [AlertProgress] { Array(rules.values) }
    var statuses: [AlertStatus] {
        get throws { try rows.map { try AlertStatus(key: $0.key, decoding: $0.value) } }
    }

    mutating func apply(_ changes: AlertChanges) {
        for rule in changes.removedRules { rules[rule] = nil }
        for key in changes.removed { rows[key] = nil }
        for reached in changes.progress { rules[reached.rule] = reached }
        for status in changes.statuses { rows[status.key] = status.encoded }
    }
}
