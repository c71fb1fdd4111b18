import WeirCluster
import WeirConnectors
import WeirCore
import WeirStorage
import WeirWire

/// What a coordinator answers from its store alone, on a thread of its own: disks and servers may be slow.
actor StoreAnswers {
    private let executor = ThreadExecutor(name: "store-read")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let store: SQLStore

    init(_ store: SQLStore) { self.store = store }

    /// The newest record of each type that has one.
    func newestRecords() throws(StoreFailure) -> [(type: WindowType, record: [UInt8])] {
        var records: [(WindowType, [UInt8])] = []
        for type in WindowType.allCases {
            if let record = try store.newestRecord(type) { records.append((type, record)) }
        }
        return records
    }

    /// Nil for what the machine answers.
    func answer(_ request: AdminRequest) throws(StoreFailure) -> ControlReply? {
        switch request {
        case .windows(let query):
            return Self.page(try store.records(query))
        case .window(let window):
            return try store.window(window).map { .json($0) }
                ?? .notFound(
                    "there is no \(window.type.name) window that starts at \(window.start): no event fell in it, or that is not where one starts"
                )
        case .emissions(let after, let limit):
            guard let after else { return .json(Self.emissions(last: try store.lastEmission(), Page(limit: 0))) }
            let page = try store.emissions(after: after, limit: limit)
            return .json(Self.emissions(last: page.last ?? after, page))
        case .intents(let query):
            var state: IntentState?
            if let text = query.state {
                state = IntentState(rawValue: text)
                guard state != nil else {
                    let known = IntentState.allCases.map(\.rawValue).joined(separator: ", ")
                    return .refused("\(text) is not a state of intents; use \(known)")
                }
            }
            return .json(try store.intentList(query, state: state).json("intents", cursor: \.description))
        case .intent(let id):
            return try store.intent(id).map { .json($0) } ?? .notFound("there is no intent \(id); see weirctl intents")
        case .quarantine(let query):
            if let reason = query.reason, QuarantineReason(rawValue: reason) == nil {
                let known = QuarantineReason.allCases.map(\.rawValue).joined(separator: ", ")
                return .refused("\(reason) is not a reason of the quarantine; use \(known)")
            }
            return .json(try store.quarantineList(query).json("lines", cursor: \.description))
        case .quarantinedLine(let id):
            return try store.quarantinedLine(id).map { .json($0) }
                ?? .notFound("there is no line \(id) in quarantine: it never was, or was dropped")
        case .rolling(let span, let moment):
            var end = moment
            if end == nil { end = try store.watermark() }
            guard let end else {
                return .notFound("no event has come yet, so there is no moment up to which to look; name one")
            }
            do throws(StoreFailure) {
                return .json(try store.rolling(span, at: end).json(store.contract.windows))
            } catch {
                guard case .tooCoarse = error else { throw error }
                return .notFound(error.description)
            }
        case .alerts(let state, let limit):
            return .json(Self.list("alerts", try store.alertList(state: state, limit: limit)))
        case .alertHistory(let limit):
            return .json(Self.list("transitions", try store.alertHistory(limit: limit)))
        case .trends(let query):
            return .json(try TrendReport(query, store).json)
        case .status, .flush, .workflow, .stuckWorkflows, .failedWorkflows, .settleQuarantine, .nodes, .shards, .drain,
            .forget, .rebalance, .retryIntents, .replayWindows:
            return nil
        }
    }

    private static func list(_ name: String, _ elements: [[UInt8]]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key(name)
            json.array { json in for element in elements { json.raw(element) } }
        }
        return json.bytes
    }

    static func page(_ page: Page<WindowPosition>) -> ControlReply {
        .json(page.json("windows", cursor: \.cursor))
    }

    private static func emissions(last: UInt64, _ page: Page<UInt64>) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("last", last)
            json.key("emissions")
            json.array { json in for element in page.elements { json.raw(element) } }
        }
        return json.bytes
    }
}
