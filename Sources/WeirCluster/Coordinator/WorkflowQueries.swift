import WeirCore
import WeirWire

/// Questions about workflows on their way to workers, with the next commit, and back with the one after.
struct WorkflowQueries: Sendable {
    /// Who wants to know.
    enum Asker: Sendable, Equatable {
        case request(RequestID)
        /// A rule of alerts, how many are stuck at the end of a window.
        case alert(rule: String, Window)
    }

    /// An answer to a rule of alerts.
    struct StuckCount: Sendable, Equatable {
        var rule: String
        var window: Window
        var count: Int
    }

    private struct Open: Sendable {
        var asker: Asker
        var subject: WorkflowQuery.Subject
        /// Workers that have yet to be asked, and to answer.
        var toAsk: Set<NodeName>
        var toAnswer: Set<NodeName>
        var answers: [[UInt8]] = []
        var askedAt: WallTime
    }

    private var open: [UInt64: Open] = [:]
    private var last: UInt64

    /// - Parameter last: ids begin above it; they differ between lives of a coordinator, so that an answer to an earlier one says nothing.
    init(after last: UInt64) {
        self.last = last
    }

    /// Whether a rule waits for an answer.
    func isAsked(by rule: String) -> Bool {
        open.values.contains { if case .alert(rule, _) = $0.asker { true } else { false } }
    }

    mutating func ask(
        _ subject: WorkflowQuery.Subject,
        of workers: [NodeName],
        for asker: Asker,
        at now: WallTime
    ) {
        last += 1
        open[last] = Open(
            asker: asker,
            subject: subject,
            toAsk: Set(workers),
            toAnswer: Set(workers),
            askedAt: now
        )
    }

    /// The questions that a worker has not been asked.
    mutating func take(for worker: NodeName, placement: Placement, at now: WallTime) -> [WorkflowQuery] {
        var queries: [WorkflowQuery] = []
        for id in open.keys.sorted() where open[id]!.toAsk.remove(worker) != nil {
            queries.append(WorkflowQuery(query: id, subject: open[id]!.subject))
        }
        return queries
    }

    /// Takes in a worker's answers. Returns those that rules of alerts waited for.
    mutating func take(_ answers: [WorkflowAnswer], _ effects: inout [CoordinatorEffect]) -> [StuckCount] {
        var counts: [StuckCount] = []
        for answer in answers {
            guard var query = open[answer.query] else { continue }
            if let json = answer.json { query.answers.append(json) }
            query.toAnswer.removeFirst()
            if query.toAnswer.isEmpty {
                open[answer.query] = nil
                switch query.asker {
                case .request(let request):
                    effects.append(.reply(request, Self.reply(query.subject, query.answers)))
                case .alert(let rule, let window):
                    let count = query.answers.reduce(0) { $0 + Self.elementCount($1) }
                    counts.append(StuckCount(rule: rule, window: window, count: count))
                }
            } else {
                open[answer.query] = query
            }
        }
        return counts
    }

    /// How many objects a JSON array of workflows holds. Names of stages may have braces in them.
    private static func elementCount(_ array: [UInt8]) -> Int {
        var (depth, count) = (0, 0)
        var (isText, isEscaped) = (false, false)
        for byte in array {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"):
                if depth == 0 { count += 1 }
                depth += 1
            case UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return count
    }

    /// Gives up on questions that are older than a moment.
    mutating func expire(before bound: WallTime, _ effects: inout [CoordinatorEffect]) {
        for (id, query) in open where query.askedAt < bound {
            open[id] = nil
            // A rule asks again at the end of the next window.
            guard case .request(let request) = query.asker else { continue }
            let missing = query.toAnswer.map(\.text).sorted().joined(separator: ", ")
            effects.append(
                .reply(request, .refused("no answer from \(missing) in time; see weirctl status, then ask again"))
            )
        }
    }

    private static func reply(_ subject: WorkflowQuery.Subject, _ answers: [[UInt8]]) -> ControlReply {
        switch subject {
        case .workflow(let id):
            return answers.first.map { .json($0) }
                ?? .notFound(
                    "workflow \(id) is not known: it was never seen, or ended longer ago than the dedup horizon"
                )
        case .stuck, .failed:
            // Each answer is an array; their elements become one.
            let elements = answers.map { $0.dropFirst().dropLast() }.filter { !$0.isEmpty }
            return .json([0x5B] + elements.joined(separator: [0x2C]) + [0x5D])
        }
    }
}
