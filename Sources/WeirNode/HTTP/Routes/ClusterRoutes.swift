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
            )
        ]
    }
}
