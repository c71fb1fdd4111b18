/// Whether the node lives, and whether it can do its work.
struct HealthRoutes {
    let health: @Sendable () async -> NodeHealth

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get,
                path: "/health",
                id: "getHealth",
                group: "node",
                summary: "Whether the node lives",
                answers: [.init(summary: "It does", schema: .reference("Health"))],
                access: .open,
                isMetered: false,
                handle: { _ throws(Problem) in .json(await health().json) }
            ),
            APIRoute(
                method: .get,
                path: "/ready",
                id: "getReady",
                group: "node",
                summary: "Whether the node can do its work",
                answers: [
                    .init(summary: "It can", schema: .reference("Health")),
                    .init(
                        status: .serviceUnavailable,
                        summary: "Not yet, or not now: `reason` says why",
                        schema: .reference("Health")
                    ),
                ],
                access: .open,
                isMetered: false,
                handle: { _ throws(Problem) in
                    let health = await health()
                    return .json(health.json, health.isReady ? .ok : .serviceUnavailable)
                }
            ),
        ]
    }
}
