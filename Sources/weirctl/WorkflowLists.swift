import ArgumentParser
import WeirNode
import WeirWire

struct Stuck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List workflows that are unfinished and silent for longer than the contract's stuck_after.",
        discussion: """
            Example:
              weirctl stuck --limit 1000 --json
            """
    )

    @OptionGroup var list: WorkflowList

    func run() async throws {
        try await list.show(.stuckWorkflows(limit: list.limit), empty: "no stuck workflows")
    }
}

struct Failed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List workflows that have failed, of each worker the newest.",
        discussion: """
            They are known for the dedup horizon after their last event.

            Example:
              weirctl failed --limit 20
            """
    )

    @OptionGroup var list: WorkflowList

    func run() async throws {
        try await list.show(.failedWorkflows(limit: list.limit), empty: "no workflow has failed lately")
    }
}

/// What both have in common.
struct WorkflowList: ParsableArguments {
    @OptionGroup var connection: Connection

    @Option(help: "At most so many from each worker, 1…100000.")
    var limit = 100

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func validate() throws {
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit \(limit): a number in 1…100000 is needed")
        }
    }

    func show(_ request: AdminRequest, empty: String) async throws {
        let rows = JSONText.elements(of: try await connection.ask(request))
        if json {
            printLines(rows)
            return
        }
        var table = TextTable([
            ("WORKFLOW", .left), ("STATE", .left), ("LAST SEEN", .left), ("EVENTS", .right), ("LAST STAGE", .left),
        ])
        for row in rows {
            let workflow = try row.decoded(WorkflowRow.self)
            table.add([
                workflow.workflowId, workflow.state, workflow.lastSeen, "\(workflow.events)",
                workflow.stages.last?.name ?? "",
            ])
        }
        printTable(table, empty: empty)
    }
}
