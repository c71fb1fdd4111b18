import WeirWire

/// The cluster as its coordinator sees it.
struct ClusterRoutes {
    let cluster: ClusterLine

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get,
                path: "/v1/cluster",
                id: "getCluster",
                group: "cluster",
                summary: "Nodes, epoch, shards, lag, watermarks and counts",
                details: "accepted = counted + duplicate + quarantined holds at every moment.",
                answers: [.init(summary: "The cluster", schema: .reference("Cluster"))],
                problems: [.unavailable],
                handle: { _ throws(Problem) in .json(try await cluster.ask(.status)) }
            ),
            APIRoute(
                method: .post,
                path: "/v1/nodes/{name}/forget",
                id: "forgetNode",
                group: "cluster",
                summary: "Give up an ingest that is lost for good, with its journal",
                details:
                    "Workers that take over shards wait for the replay of every ingest that has counted events. After this they do not wait for this "
                    + "one. Given up are the events that it had acknowledged and that were not committed (frames_given_up frames, null where it is "
                    + "not known), and the ids of those that were: what its producers send again through another ingest is counted again.",
                parameters: [
                    .init("name", in: .path, .text(bytesMax: 64), "The ingest's name"),
                    .init(
                        "dry_run",
                        .oneOf(["false", "true"], standard: "false"),
                        "Say what would be given up, and do nothing"
                    ),
                ],
                answers: [.init(summary: "What is given up", schema: .reference("Forgotten"))],
                problems: [.notFound, .unavailable],
                access: .level(.administer),
                handle: forget
            ),
        ]
    }

    @Sendable private func forget(_ request: APIRequest) async throws(Problem) -> APIResponse {
        let text = request.text("name") ?? ""
        guard let name = NodeName(text) else { throw Problem(.notFound, "\(text) is no name of a node") }
        return .json(try await cluster.ask(.forget(name, isDryRun: request.text("dry_run") == "true")))
    }
}
