/// What Prometheus scrapes.
struct MetricRoutes {
    let measure: @Sendable () async -> [MetricSample]

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get,
                path: "/metrics",
                id: "getMetrics",
                group: "node",
                summary: "Metrics of the node, in the text format of Prometheus",
                answers: [.init(summary: "Metrics", contentType: "text/plain", schema: .text)],
                isMetered: false,
                handle: { _ throws(Problem) in
                    APIResponse(
                        contentType: PrometheusText.contentType,
                        body: .bytes(PrometheusText.encode(await measure()))
                    )
                }
            )
        ]
    }
}
