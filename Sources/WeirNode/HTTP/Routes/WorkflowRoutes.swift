import WeirCore
import WeirWire

/// Workflows that workers know of.
struct WorkflowRoutes {
    let cluster: ClusterLine

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get,
                path: "/v1/workflows",
                id: "listWorkflows",
                group: "workflows",
                summary:
                    "Workflows that are stuck (unfinished, and silent for longer than the contract's stuck_after), or that have failed",
                details:
                    "Failed ones are known for the dedup horizon after their last event; of each worker the newest.",
                parameters: [
                    .init("state", .oneOf(["stuck", "failed"], standard: "stuck"), "Which to list"),
                    .init("limit", .integer(1...1000, standard: 100), "Workflows of one worker, at most"),
                ],
                answers: [
                    .init(summary: "The workflows", schema: .object([("workflows", .array(.reference("Workflow")))]))
                ],
                problems: [.unavailable],
                handle: { request throws(Problem) in
                    let limit = request.integer("limit") ?? 100
                    let array = try await cluster.ask(
                        request.text("state") == "failed"
                            ? .failedWorkflows(limit: limit) : .stuckWorkflows(limit: limit)
                    )
                    return .json(Array("{\"workflows\":".utf8) + array + [0x7D])
                }
            ),
            APIRoute(
                method: .get,
                path: "/v1/workflows/{id}",
                id: "getWorkflow",
                group: "workflows",
                summary: "One workflow: its state, its stages, and every transition with its time and cause",
                details: "Finished workflows are known for the dedup horizon after their last event.",
                parameters: [.init("id", in: .path, .uuid, "The workflow's id")],
                answers: [.init(summary: "The workflow", schema: .reference("Workflow"))],
                problems: [.notFound, .unavailable],
                handle: { request throws(Problem) in
                    .json(try await cluster.ask(.workflow(request.uuid("id") ?? .zero)))
                }
            ),
        ]
    }
}
