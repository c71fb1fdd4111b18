import ArgumentParser
import Foundation
import WeirCore
import WeirNode

struct WorkflowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow",
        abstract: "Show one workflow: its state, and every transition with its time and cause.",
        discussion: """
            Workflows are known for the dedup horizon after their last event.

            Example:
              weirctl workflow 0f8fad5b-d9cb-469f-a165-70867728950e
            """
    )

    @OptionGroup var connection: Connection

    @Flag(help: "Print the workflow as JSON.")
    var json = false

    @Argument(help: "The workflow's id.")
    var id: String

    func validate() throws {
        if UUID128(id) == nil { throw ValidationError("\(id): a UUID is needed") }
    }

    func run() async throws {
        let data = try await connection.ask(.workflow(UUID128(id)!))
        if json {
            print(String(decoding: data, as: UTF8.self))
        } else {
            show(try JSONText(text: Array(data)).decoded(WorkflowRow.self))
        }
    }

    private func show(_ workflow: WorkflowRow) {
        print(
            """
            workflow     \(workflow.workflowId)
            state        \(workflow.state)
            seen         \(workflow.firstSeen) … \(workflow.lastSeen)
            events       \(workflow.events), of them \(workflow.stagesCompleted) stages completed; \(workflow.retries) retries, \
            \(workflow.impossibleTransitions) impossible transitions

            """
        )
        var table = TextTable([("AT", .left), ("FROM", .left), ("TO", .left), ("CAUSE", .left), ("NOTE", .left)])
        for step in workflow.transitions {
            let note = step.impossible ? "impossible, not made" : step.implied ? "implied" : ""
            table.add([step.at, step.from ?? "", step.to, step.cause, note])
        }
        printTable(table, empty: "no transitions")
    }
}

struct Stuck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List workflows that are unfinished and silent for longer than the contract's stuck_after.",
        discussion: """
            Example:
              weirctl stuck --limit 1000 --json
            """
    )

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

    func run() async throws {
        let rows = JSONText.elements(of: try await connection.ask(.stuckWorkflows(limit: limit)))
        if json {
            printLines(rows)
            return
        }
        var table = TextTable([("WORKFLOW", .left), ("STATE", .left), ("LAST SEEN", .left), ("EVENTS", .right)])
        for row in rows {
            let workflow = try row.decoded(WorkflowRow.self)
            table.add([workflow.workflowId, workflow.state, workflow.lastSeen, "\(workflow.events)"])
        }
        printTable(table, empty: "no stuck workflows")
    }
}

/// A workflow as the coordinator tells it.
struct WorkflowRow: Decodable {
    struct Step: Decodable {
        var from: String?
        var to: String
        var at: String
        var cause: String
        var implied: Bool
        var impossible: Bool
    }

    var workflowId: String
    var state: String
    var firstSeen: String
    var lastSeen: String
    var retries: Int
    var impossibleTransitions: Int
    var stagesCompleted: Int
    var events: Int
    var transitions: [Step]
}
