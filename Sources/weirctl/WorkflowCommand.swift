import ArgumentParser
import Foundation
import WeirCore
import WeirNode

struct WorkflowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow",
        abstract: "Show one workflow: its state, its stages, and every transition with its time and cause.",
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
        var stages = TextTable([("STAGE", .right), ("NAME", .left), ("COMPLETED AT", .left)])
        for stage in workflow.stages { stages.add(["\(stage.number)", stage.name, stage.at]) }
        printTable(stages, empty: "no stage is completed")
        print("")
        printTable(table, empty: "no transitions")
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

    struct Stage: Decodable {
        var number: Int
        var name: String
        var at: String
    }

    var workflowId: String
    var state: String
    var firstSeen: String
    var lastSeen: String
    var retries: Int
    var impossibleTransitions: Int
    var stagesCompleted: Int
    var stages: [Stage]
    var events: Int
    var transitions: [Step]
}
