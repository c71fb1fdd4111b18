import WeirCore
import WeirWire

/// What an executor is told.
public enum ExecutorInput: Sendable {
    case leased([LeasedIntent])
    /// The coordinator took the results, or gave no answer to the last request.
    case acknowledged
    case unanswered
    case executed(IntentResult)
    /// The process is to stop: finish what runs, report it, and go.
    case leave
    case tick
}

/// What an executor asks of its shell.
public enum ExecutorEffect: Sendable {
    /// One request to the coordinator is under way at a time.
    case lease(max: Int)
    /// Tell the coordinator that the executor goes; an acknowledgement ends the machine's work.
    case leave
    case report([IntentResult])
    /// Carry out and answer with `executed`.
    case execute(LeasedIntent)
}

/// The logic of an executor: lease, carry out, report. It keeps nothing: an intent whose result is not reported is leased again.
public struct ExecutorMachine: Sendable {
    /// Intents carried out at a time.
    public static let concurrencyMax = 64
    /// Wall clock: pause between leases while there is nothing to do, in microseconds.
    static let pollInterval: Int64 = 20_000
    /// Wall clock: the longest time without a word to the coordinator, in microseconds.
    static let heartbeatInterval: Int64 = 500_000

    private enum Request {
        case lease
        case report([IntentResult])
        case leave
    }

    private let leases: Bool
    private var isLeaving = false
    /// Whether everything is reported, and the coordinator knows that the executor goes.
    public private(set) var hasLeft = false
    private var running: Set<UUID128> = []
    private var results: [IntentResult] = []
    private var request: Request?
    private var lastLeaseAt: WallTime?
    private var mayHaveMore = false

    /// - Parameter leases: whether it takes intents from the coordinator; one that has them from elsewhere only says that it is there.
    public init(leases: Bool = true) {
        self.leases = leases
    }

    public mutating func receive(_ input: ExecutorInput, at now: WallTime) -> [ExecutorEffect] {
        var effects: [ExecutorEffect] = []
        switch input {
        case .leased(let intents):
            request = nil
            mayHaveMore = !intents.isEmpty
            for intent in intents where running.insert(intent.id).inserted { effects.append(.execute(intent)) }
        case .acknowledged:
            if case .leave = request { hasLeft = true }
            request = nil
        case .unanswered:
            if case .report(let unsent) = request { results.insert(contentsOf: unsent, at: 0) }
            request = nil
        case .executed(let result):
            running.remove(result.intentID)
            results.append(result)
        case .leave:
            isLeaving = true
        case .tick:
            break
        }
        guard request == nil, !hasLeft else { return effects }
        let waited = lastLeaseAt.map { now.microseconds - $0.microseconds } ?? .max
        if !results.isEmpty {
            request = .report(results)
            effects.append(.report(results))
            results = []
        } else if isLeaving, running.isEmpty {
            guard waited >= Self.pollInterval else { return effects }
            request = .leave
            lastLeaseAt = now
            effects.append(.leave)
        } else if leases, !isLeaving, running.count < Self.concurrencyMax {
            guard mayHaveMore || waited >= Self.pollInterval else { return effects }
            request = .lease
            lastLeaseAt = now
            mayHaveMore = false
            effects.append(.lease(max: Self.concurrencyMax - running.count))
        } else if waited >= Self.heartbeatInterval {
            request = .lease
            lastLeaseAt = now
            effects.append(.lease(max: 0))
        }
        return effects
    }
}
