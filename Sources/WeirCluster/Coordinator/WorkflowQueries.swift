import WeirCore
import WeirWire

/// Questions about workflows on their way to workers, with the next commit, and back with the one after.
struct WorkflowQueries: Sendable {
    private struct Open: Sendable {
        var request: RequestID
        var subject: WorkflowQuery.Subject
        /// Workers that have yet to be asked, and to answer.
        var toAsk: Set<NodeName>
        var toAnswer: Set<NodeName>
        var answers: [[UInt8]] = []
        var askedAt: WallTime
    }

    private var open: [UInt64: Open] = [:]
    private var last: UInt64 = 0

    mutating func ask(
        _ subject: WorkflowQuery.Subject,
        of workers: [NodeName],
        for request: RequestID,
        at now: WallTime
    ) {
        last += 1
        open[last] = Open(
            request: request,
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

    mutating func take(_ answers: [WorkflowAnswer], _ effects: inout [CoordinatorEffect]) {
        for answer in answers {
            guard var query = open[answer.query] else { continue }
            if let json = answer.json { query.answers.append(json) }
            query.toAnswer.removeFirst()
            if query.toAnswer.isEmpty {
                open[answer.query] = nil
                effects.append(.reply(query.request, Self.reply(query.subject, query.answers)))
            } else {
                open[answer.query] = query
            }
        }
    }

    /// Gives up on questions that are older than a moment.
    mutating func expire(before bound: WallTime, _ effects: inout [CoordinatorEffect]) {
        for (id, query) in open where query.askedAt < bound {
            open[id] = nil
            let missing = query.toAnswer.map(\.text).sorted().joined(separator: ", ")
            effects.append(
                .reply(query.request, .refused("no answer from \(missing) in time; see weirctl status, then ask again"))
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
        case .stuck:
            // Each answer is an array; their elements become one.
            let elements = answers.map { $0.dropFirst().dropLast() }.filter { !$0.isEmpty }
            return .json([0x5B] + elements.joined(separator: [0x2C]) + [0x5D])
        }
    }
}
