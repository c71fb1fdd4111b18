import WeirCore

extension AdminRequest {
    // 2, 5 and 6 were lists that did not come in pages.
    func encode(into writer: inout ByteWriter) {
        switch self {
        case .status: writer.byte(0)
        case .flush: writer.byte(1)
        case .windows(let query):
            writer.byte(25)
            query.encode(into: &writer)
        case .workflow(let id):
            writer.byte(3)
            writer.uuid(id)
        case .stuckWorkflows(let limit):
            writer.byte(4)
            writer.count(limit)
        case .failedWorkflows(let limit):
            writer.byte(29)
            writer.count(limit)
        case .intents(let query):
            writer.byte(26)
            writer.optionalText(query.state)
            writer.optionalNumber(query.before)
            writer.count(query.limit)
        case .quarantine(let query):
            writer.byte(27)
            writer.optionalText(query.reason)
            writer.optionalNumber(query.before)
            writer.flag(query.isHeld)
            writer.count(query.limit)
        case .nodes: writer.byte(7)
        case .shards: writer.byte(8)
        case .drain(let node, let undo, let isDryRun):
            writer.byte(9)
            writer.name(node)
            writer.flag(undo)
            writer.flag(isDryRun)
        case .forget(let node, let isDryRun):
            writer.byte(44)
            writer.name(node)
            writer.flag(isDryRun)
        case .rebalance(let isDryRun):
            writer.byte(10)
            writer.flag(isDryRun)
        case .retryIntents(let ids):
            writer.byte(11)
            writer.count(ids.count)
            for id in ids { writer.uuid(id) }
        case .rolling(let span, let moment):
            writer.byte(40)
            writer.byte(span.rawValue)
            writer.optionalTime(moment)
        case .alerts(let state, let limit):
            writer.byte(41)
            writer.optionalText(state)
            writer.count(limit)
        case .alertHistory(let limit):
            writer.byte(42)
            writer.count(limit)
        case .trends(let query):
            writer.byte(43)
            query.encode(into: &writer)
        case .replayWindows(let query):
            writer.byte(28)
            query.encode(into: &writer)
        case .window(let window):
            writer.byte(20)
            writer.window(window)
        case .emissions(let after, let limit):
            writer.byte(21)
            writer.optionalNumber(after)
            writer.count(limit)
        case .intent(let id):
            writer.byte(22)
            writer.uuid(id)
        case .quarantinedLine(let id):
            writer.byte(23)
            writer.varint(id)
        case .settleQuarantine(let ids, let outcome):
            writer.byte(24)
            writer.byte(outcome.rawValue)
            writer.count(ids.count)
            for id in ids { writer.varint(id) }
        }
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        switch try reader.byte() {
        case 0: self = .status
        case 1: self = .flush
        case 25: self = .windows(try WindowQuery(decoding: &reader))
        case 3: self = .workflow(try reader.uuid())
        case 4: self = .stuckWorkflows(limit: try reader.number())
        case 29: self = .failedWorkflows(limit: try reader.number())
        case 26:
            self = .intents(
                IntentQuery(
                    state: try reader.optionalText(),
                    before: try reader.optionalNumber(),
                    limit: try reader.number()
                )
            )
        case 28: self = .replayWindows(try WindowQuery(decoding: &reader))
        case 27:
            self = .quarantine(
                QuarantineQuery(
                    reason: try reader.optionalText(),
                    before: try reader.optionalNumber(),
                    isHeld: try reader.flag(),
                    limit: try reader.number()
                )
            )
        case 7: self = .nodes
        case 8: self = .shards
        case 9: self = .drain(try reader.name(), undo: try reader.flag(), isDryRun: try reader.flag())
        case 10: self = .rebalance(isDryRun: try reader.flag())
        case 11:
            var ids: [UUID128] = []
            for _ in 0..<(try reader.count(each: 16)) { ids.append(try reader.uuid()) }
            self = .retryIntents(ids)
        case 20: self = .window(try reader.window())
        case 21: self = .emissions(after: try reader.optionalNumber(), limit: try reader.number())
        case 22: self = .intent(try reader.uuid())
        case 23: self = .quarantinedLine(try reader.varint())
        case 24:
            let code = try reader.byte()
            guard let outcome = QuarantineOutcome(rawValue: code) else { throw .invalid("quarantine outcome \(code)") }
            var ids: [UInt64] = []
            for _ in 0..<(try reader.count()) { ids.append(try reader.varint()) }
            self = .settleQuarantine(ids, outcome)
        case 40:
            let code = try reader.byte()
            guard let span = RollingSpan(rawValue: code) else { throw .invalid("rolling span \(code)") }
            self = .rolling(span, at: try reader.optionalTime())
        case 41: self = .alerts(state: try reader.optionalText(), limit: try reader.number())
        case 42: self = .alertHistory(limit: try reader.number())
        case 43: self = .trends(try TrendQuery(decoding: &reader))
        case 44: self = .forget(try reader.name(), isDryRun: try reader.flag())
        case let kind: throw .invalid("admin request kind \(kind)")
        }
    }
}

extension WindowQuery {
    func encode(into writer: inout ByteWriter) {
        writer.flag(type != nil)
        if let type { writer.byte(type.rawValue) }
        writer.optionalTime(from)
        writer.optionalTime(to)
        writer.flag(selectsOpen)
        writer.flag(selectsAllRevisions)
        writer.flag(isDescending)
        writer.flag(after != nil)
        if let after {
            writer.window(after.window)
            writer.count(after.revision)
        }
        writer.count(limit)
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        self.init(
            type: try reader.flag() ? try reader.windowType() : nil,
            from: try reader.optionalTime(),
            to: try reader.optionalTime(),
            selectsOpen: try reader.flag(),
            selectsAllRevisions: try reader.flag(),
            isDescending: try reader.flag(),
            after: try reader.flag()
                ? WindowPosition(window: try reader.window(), revision: try reader.number()) : nil,
            limit: try reader.number()
        )
    }
}

extension ByteWriter {
    mutating func window(_ window: Window) {
        byte(window.type.rawValue)
        time(window.start)
    }

    mutating func optionalText(_ text: String?) {
        flag(text != nil)
        if let text { self.text(text) }
    }

    mutating func optionalNumber(_ number: UInt64?) {
        flag(number != nil)
        if let number { varint(number) }
    }
}

extension ByteReader {
    mutating func windowType() throws(DecodingFailure) -> WindowType {
        let code = try byte()
        guard let type = WindowType(rawValue: code) else { throw .invalid("window type \(code)") }
        return type
    }

    mutating func window() throws(DecodingFailure) -> Window {
        Window(type: try windowType(), start: try time())
    }

    mutating func optionalText() throws(DecodingFailure) -> String? { try flag() ? try text() : nil }
    mutating func optionalNumber() throws(DecodingFailure) -> UInt64? { try flag() ? try varint() : nil }
}
