import WeirCluster
import WeirWire

/// What the cluster asks the world to do, and how far that is.
struct IntentRoutes {
    let cluster: ClusterLine

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get,
                path: "/v1/intents",
                id: "listIntents",
                group: "intents",
                summary: "Intents, newest first",
                parameters: [
                    .init(
                        "state",
                        .oneOf(IntentState.allCases.map(\.rawValue), standard: nil),
                        "Those in this state alone"
                    ),
                    .init("limit", .integer(1...1000, standard: 100), "Intents in a page, at most"),
                    .init("cursor", .number, "The next_cursor of the page before"),
                ],
                answers: [.init(summary: "A page", schema: ResponseSchemas.page(of: "intents", "Intent"))],
                problems: [.unavailable],
                handle: { request throws(Problem) in
                    let query = IntentQuery(
                        state: request.text("state"),
                        before: request.integer("cursor").map(UInt64.init),
                        limit: request.integer("limit") ?? 100
                    )
                    return .json(try await cluster.ask(.intents(query)))
                }
            ),
            APIRoute(
                method: .get,
                path: "/v1/intents/{id}",
                id: "getIntent",
                group: "intents",
                summary: "One intent, whole, with its attempts",
                parameters: [.init("id", in: .path, .uuid, "The intent's id")],
                answers: [.init(summary: "The intent", schema: .reference("IntentWithResults"))],
                problems: [.notFound, .unavailable],
                handle: { request throws(Problem) in .json(try await cluster.ask(.intent(request.uuid("id") ?? .zero)))
                }
            ),
        ]
    }
}
