import Testing
import WeirCluster
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirStorage

/// The engines against each other: whatever was stored, they answer the same, to the byte.
@Suite(.enabled(if: PostgreSQLServer.isInstalled, Comment(rawValue: PostgreSQLServer.hint)))
struct StoreAgreementTests {
    private let contract: Contract

    init() {
        var contract = Contract()
        let rule = AlertRule(
            name: "failures",
            window: .streaming,
            metric: .failures,
            dimension: .errorCode,
            bound: .above(0, clear: 0)
        )
        contract.alerts.rules = [rule]
        self.contract = contract
    }

    @Test(arguments: UInt64(1)...2) func enginesAnswerTheSame(_ seed: UInt64) throws {
        let stores = try StoreEngine.all.map { try StoreFixture($0) }
        let opened = try stores.map { try $0.open(contract: contract) }
        var writer = TransactionWriter(seed: seed, contract: contract)
        for _ in 0..<8 {
            let (transaction, now) = (writer.next(), writer.now)
            for store in opened { try store.apply(transaction, at: now) }
            let told = try opened.map { try answers(of: $0, writer) }
            #expect(told[0].count == told[1].count)
            for (left, right) in zip(told[0], told[1]) { #expect(left == right) }
        }
    }

    /// All that a store can be asked, as text.
    private func answers(of store: SQLStore, _ writer: TransactionWriter) throws -> [String] {
        var texts: [String] = []
        func note(_ what: Any) { texts.append("\(what)") }
        func note(json: [[UInt8]]) { texts += json.map { String(decoding: $0, as: UTF8.self) } }
        guard let snapshot = try? store.snapshot() else { return ["the panes of an open window were compacted"] }
        note(snapshot.epoch.map { "\($0.epoch) \($0.placement) \($0.presences)" } ?? "none")
        note(snapshot.epoch?.positions.sorted { $0.key < $1.key } ?? [])
        note(snapshot.progress.sorted { $0.key < $1.key }.map { ($0.key, $0.value.number, $0.value.inputs.count) })
        note(snapshot.drained.sorted())
        note(snapshot.tally)
        note(snapshot.watermark ?? .latest)
        note(snapshot.latestStarts.sorted { $0.key < $1.key })
        note(snapshot.pendingIntents)
        note(snapshot.alertProgress)
        note(snapshot.alerts.map { ($0.key, $0.encoded) })
        func note(loaded: [LoadedWindow]) {
            for window in loaded {
                note("\(window.window) \(window.state) \(window.revision) \(window.aggregate.encoded.hashValue)")
            }
        }
        note(loaded: snapshot.openWindows)
        // Of what was compacted both say that it can't be read.
        for window in writer.windows.suffix(40) { note(loaded: (try? store.load([window])) ?? []) }
        for query in queries(writer) {
            note(json: try store.records(query).elements)
            note(try store.closedIntents(query, limit: 7))
        }
        for window in writer.windows.suffix(40) { note(json: [try store.window(window) ?? []]) }
        note(try store.deadLetters([], limit: 5))
        note(try store.deadLetters(writer.intents, limit: 1000).sorted { $0.id < $1.id })
        let leased = try store.intents(writer.intents)
        for id in writer.intents.suffix(10) {
            note(json: [leased[id]?.json ?? [], try store.intent(id) ?? []])
        }
        note(json: try store.emissions(after: 2, limit: 4).elements)
        note(try store.lastEmission())
        for state in IntentState.allCases.map({ Optional($0) }) + [nil] {
            note(json: try store.intentList(IntentQuery(before: 30, limit: 9), state: state).elements)
        }
        for isHeld in [true, false] {
            var query = QuarantineQuery(limit: 5)
            query.isHeld = isHeld
            note(json: try store.quarantineList(query).elements)
        }
        for id in 1...4 { note(json: [try store.quarantinedLine(UInt64(id)) ?? []]) }
        note(json: try store.alertList(state: nil, limit: 100))
        note(json: try store.alertHistory(limit: 20))
        note(json: [(try? store.rolling(.day, at: writer.now))?.json(contract.windows) ?? []])
        return texts
    }

    private func queries(_ writer: TransactionWriter) -> [WindowQuery] {
        let middle = writer.windows[writer.windows.count / 2]
        return [
            WindowQuery(limit: 1000),
            WindowQuery(type: .streaming, isDescending: true, limit: 3),
            WindowQuery(type: middle.type, from: middle.start, to: middle.start.advanced(byMicroseconds: 1 << 40)),
            WindowQuery(after: WindowPosition(window: middle, revision: 0), limit: 4),
            WindowQuery(
                selectsAllRevisions: true,
                isDescending: true,
                after: WindowPosition(window: middle, revision: 1)
            ),
        ]
    }
}
