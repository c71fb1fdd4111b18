import Foundation
import Testing
import WeirCluster
import WeirCore
import WeirTestSupport

@testable import WeirStorage

@Suite struct AlertStoreTests {
    private let contract: Contract

    init() throws {
        var contract = Contract()
        var rule = AlertRule(
            name: "failures",
            window: .hourly,
            metric: .failures,
            dimension: .errorCode,
            bound: .above(1, clear: 0)
        )
        rule.severity = .critical
        var idle = AlertRule(name: "idle", window: .daily, metric: .eventsProcessed, bound: .below(1, clear: 2))
        idle.holdFor = .seconds(3)
        contract.alerts.rules = [idle, rule]
        self.contract = contract
    }

    private func evaluator(_ snapshot: StoreSnapshot) -> AlertEvaluator {
        AlertEvaluator(
            settings: contract.alerts,
            layout: .standard,
            progress: snapshot.alertProgress,
            statuses: snapshot.alerts
        )
    }

    private func aggregate(seed: UInt64, _ count: Int = 200) -> WindowAggregate {
        var events = RandomEvents(seed: seed)
        events.keys = 3
        let columns = events.columns(count)
        var panes = PaneTable(limits: contract.aggregation, layout: .standard)
        panes.add(columns, hashes: columns.workflowHashes)
        return panes.panes.dropFirst().reduce(into: panes.panes[0].aggregate) { $0.merge($1.aggregate) }
    }

    @Test(arguments: StoreEngine.all) func whatIsStoredComesBackAndIsListed(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        let store = try stores.open(contract: contract)
        var alerts = evaluator(try store.snapshot())
        let window = Window(type: .hourly, start: EventTime(microseconds: 0))
        let changes = alerts.observe(window, revision: 0, aggregate(seed: 1), at: EventTime(microseconds: 7))
        #expect(changes.notices.count == 3)
        var transaction = StoreTransaction()
        transaction.alerts = changes
        try store.apply(transaction)
        try store.close()

        let again = try stores.open(contract: contract)
        let snapshot = try again.snapshot()
        #expect(snapshot.alertProgress == changes.progress)
        #expect(Set(snapshot.alerts) == Set(changes.statuses))
        let list = try again.alertList(state: nil, limit: 10).map { try object($0) }
        #expect(list.map { $0["state"] as? String } == ["firing", "firing", "firing", "ok"])
        #expect(list[0]["group"] as? String == "E_0" && list[0]["severity"] as? String == "critical")
        let notice = changes.notices[0]
        let ids = AlertIDs(contract: contract, key: notice.status.key, incident: notice.incident, isFiring: true)
        #expect(list[0]["incident_id"] as? String == ids.incident.description)
        #expect(list[3]["rule"] as? String == "idle" && list[3]["value"] is NSNull)
        #expect(try again.alertList(state: "ok", limit: 10).count == 1)
        #expect(try again.alertList(state: nil, limit: 2).count == 2)
        let history = try again.alertHistory(limit: 4).map { try object($0) }
        #expect(history.map { $0["to"] as? String } == ["firing", "pending", "firing", "pending"])

        var settings = contract.alerts
        settings.rules = []
        var emptied = AlertEvaluator(
            settings: settings,
            layout: .standard,
            progress: snapshot.alertProgress,
            statuses: snapshot.alerts
        )
        transaction.alerts = emptied.retire(at: EventTime(microseconds: 8))
        try again.apply(transaction)
        #expect(try again.snapshot().alerts.isEmpty && again.snapshot().alertProgress.isEmpty)
    }

    private func object(_ bytes: [UInt8]) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }
}
