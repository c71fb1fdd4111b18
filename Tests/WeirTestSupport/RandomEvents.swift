import WeirCore

/// Random valid events, in columns. Values are chosen so that everything happens: absent fields, ties, many groups, extreme sizes.
public struct RandomEvents {
    public var random: SplitMix64
    /// Event times are within so many microseconds from ``start``.
    public var span: Int64 = 20_000_000
    public var start = EventTime(microseconds: 1_793_664_000_000_000)
    public var workflows = 40
    public var keys = 12

    public init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    public mutating func columns(_ count: Int) -> EventColumns {
        var columns = EventColumns()
        for _ in 0..<count { append(to: &columns) }
        return columns
    }

    public mutating func uuid() -> UUID128 { UUID128(high: random.next(), low: random.next()) }

    private mutating func append(to columns: inout EventColumns) {
        let kind = EventKind(rawValue: UInt8(random.next() % 4))!
        columns.kinds.append(kind.rawValue)
        columns.times.append(start.advanced(byMicroseconds: Int64(random.next() % UInt64(span))))
        columns.eventIDs.append(uuid())
        let workflow = random.next() % UInt64(workflows)
        columns.workflowIDs.append(UUID128(high: workflow &* 0x9E37_79B9_7F4A_7C15, low: workflow))
        columns.correlationIDs.append(uuid())
        switch kind {
        case .started: break
        case .stageCompleted:
            columns.stages.stage.append(columns.stageKeys.code(of: key("stage")))
            columns.stages.number.append(UInt8(1 + random.next() % 8))
            columns.stages.success.append(UInt8(random.next() % 2))
            columns.stages.duration.append(magnitude())
        case .completed:
            columns.completions.duration.append(magnitude())
            columns.completions.quality.append(fraction())
            columns.completions.coverage.append(random.next() % 3 == 0 ? .nan : fraction())
            columns.completions.complexity.append(random.next() % 3 == 0 ? .nan : magnitude() - magnitude())
            columns.completions.cost.append(fraction() * 0.7)
            columns.completions.tokens.append(Int64(random.next() % 100_000))
            columns.completions.patterns.append(UInt32(random.next() % 5))
            columns.completions.nodeType.append(columns.nodeTypeKeys.code(of: key("node")))
            columns.completions.model.append(columns.modelKeys.code(of: key("model")))
        case .failed:
            columns.failures.stage.append(columns.stageKeys.code(of: key("stage")))
            columns.failures.errorCode.append(columns.errorCodeKeys.code(of: key("E")))
            columns.failures.partialDuration.append(magnitude())
            columns.failures.retryable.append(UInt8(random.next() % 2))
        }
    }

    private mutating func key(_ prefix: String) -> String { "\(prefix)_\(random.next() % UInt64(keys))" }

    private mutating func fraction() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    /// From 10⁻⁶ to 10⁶, and 0.
    private mutating func magnitude() -> Double {
        switch random.next() % 10 {
        case 0: return 0
        case 1: return fraction() * 1e6
        case 2: return fraction() * 1e-6
        default: return fraction() * 60
        }
    }
}

extension EventColumns {
    public var workflowHashes: [UInt64] { workflowIDs.map(\.hash64) }

    /// The same events in parts, in random order.
    public func dealt(into parts: Int, using random: inout SplitMix64) -> [EventColumns] {
        var payloads: [Int] = []
        var cursor = PayloadCursor()
        for row in 0..<count { payloads.append(cursor.next(kinds[row])) }
        var dealt = [EventColumns](repeating: EventColumns(), count: parts)
        var codes = [CodeTranslation](repeating: CodeTranslation(), count: parts)
        for row in (0..<count).shuffled(using: &random) {
            let part = Int(random.next() % UInt64(parts))
            dealt[part].append(row, payload: payloads[row], of: self, translating: &codes[part])
        }
        return dealt
    }
}
