import WeirCore

/// Every event of a run, once, by index; producers send copies.
final class EventPool {
    private(set) var columns = EventColumns()
    private var payloads: [Int] = []
    private let workflows: Int
    private let keys: Int
    private var random: SplitMix64

    /// - Parameters:
    ///   - workflows: how many different ones there are.
    ///   - keys: texts in each dimension.
    init(seed: UInt64, workflows: Int, keys: Int) {
        random = SplitMix64(seed: seed)
        self.workflows = workflows
        self.keys = keys
    }

    var count: Int { columns.count }

    func time(of event: Int) -> EventTime { columns.times[event] }

    /// The event with an id; the id says which.
    func index(of id: UUID128) -> Int? {
        let index = Int(truncatingIfNeeded: id.low)
        return columns.eventIDs.indices.contains(index) && columns.eventIDs[index] == id ? index : nil
    }

    /// Makes a random event. Returns its index.
    func add(at time: EventTime) -> Int {
        let index = columns.count
        let kind = EventKind(rawValue: UInt8(random.next() % 4))!
        let workflow = random.next() % UInt64(workflows)
        columns.kinds.append(kind.rawValue)
        columns.times.append(time)
        columns.eventIDs.append(UUID128(high: random.next(), low: UInt64(index)))
        columns.workflowIDs.append(UUID128(high: workflow &* 0x9E37_79B9_7F4A_7C15, low: workflow))
        columns.correlationIDs.append(UUID128(high: workflow, low: random.next()))
        var payload = 0
        switch kind {
        case .started: break
        case .stageCompleted:
            payload = columns.stages.stage.count
            columns.stages.stage.append(columns.stageKeys.code(of: key("stage")))
            columns.stages.number.append(UInt8(1 + random.next() % 8))
            columns.stages.success.append(UInt8(random.next() % 2))
            columns.stages.duration.append(magnitude())
        case .completed:
            payload = columns.completions.duration.count
            columns.completions.duration.append(magnitude())
            columns.completions.quality.append(fraction())
            columns.completions.coverage.append(random.chance(0.3) ? .nan : fraction())
            columns.completions.complexity.append(random.chance(0.3) ? .nan : magnitude() - magnitude())
            columns.completions.cost.append(fraction() * 0.7)
            columns.completions.tokens.append(Int64(random.next() % 100_000))
            columns.completions.patterns.append(UInt32(random.next() % 5))
            columns.completions.nodeType.append(columns.nodeTypeKeys.code(of: key("node")))
            columns.completions.model.append(columns.modelKeys.code(of: key("model")))
        case .failed:
            payload = columns.failures.stage.count
            columns.failures.stage.append(columns.stageKeys.code(of: key("stage")))
            columns.failures.errorCode.append(columns.errorCodeKeys.code(of: key("E")))
            columns.failures.partialDuration.append(magnitude())
            columns.failures.retryable.append(UInt8(random.next() % 2))
        }
        payloads.append(payload)
        return index
    }

    /// A batch of some events, in that order.
    func columns(of events: [Int]) -> EventColumns {
        var batch = EventColumns()
        var codes = CodeTranslation()
        for event in events { batch.append(event, payload: payloads[event], of: columns, translating: &codes) }
        return batch
    }

    /// The event of a quarantined line; nil when it is none of ours.
    func index(ofLine line: [UInt8]) -> Int? {
        let marker = Array("\"event_id\":\"".utf8)
        guard line.count >= marker.count + 36,
            let start = (0...(line.count - marker.count - 36)).first(where: { line[$0...].starts(with: marker) })
        else { return nil }
        let text = line[(start + marker.count)...].prefix(36)
        return UUID128(String(decoding: text, as: UTF8.self)).flatMap(index(of:))
    }

    private func key(_ prefix: String) -> String { "\(prefix)_\(random.next() % UInt64(keys))" }

    private func fraction() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    /// From 10⁻⁶ to 10⁶, and 0.
    private func magnitude() -> Double {
        switch random.next() % 10 {
        case 0: return 0
        case 1: return fraction() * 1e6
        case 2: return fraction() * 1e-6
        default: return fraction() * 60
        }
    }
}
