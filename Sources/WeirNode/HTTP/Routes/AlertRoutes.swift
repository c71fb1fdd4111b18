import WeirCore
import WeirWire

/// Alerts and trends.
struct AlertRoutes {
    let cluster: ClusterLine

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get,
                path: "/v1/alerts",
                id: "listAlerts",
                group: "alerts",
                summary: "Alerts of the contract's rules: firing, pending, resolved, then the others",
                parameters: [
                    .init("state", .oneOf(Self.states, standard: nil), "Alerts in this state alone"),
                    .init("limit", .integer(1...1000, standard: 100), "Alerts, at most"),
                ],
                answers: [
                    .init(summary: "Alerts", schema: .object([("alerts", .array(.reference("Alert")))]))
                ],
                problems: [.unavailable],
                handle: { request throws(Problem) in
                    .json(
                        try await cluster.ask(
                            .alerts(state: request.text("state"), limit: request.integer("limit") ?? 100)
                        )
                    )
                }
            ),
            APIRoute(
                method: .get,
                path: "/v1/alerts/history",
                id: "listAlertTransitions",
                group: "alerts",
                summary: "What became of alerts, newest first",
                parameters: [.init("limit", .integer(1...1000, standard: 100), "Transitions, at most")],
                answers: [
                    .init(
                        summary: "Transitions",
                        schema: .object([("transitions", .array(.reference("AlertTransition")))])
                    )
                ],
                problems: [.unavailable],
                handle: { request throws(Problem) in
                    .json(try await cluster.ask(.alertHistory(limit: request.integer("limit") ?? 100)))
                }
            ),
            APIRoute(
                method: .get,
                path: "/v1/trends",
                id: "listTrends",
                group: "alerts",
                summary: "Trends of metrics over stored windows: slope with confidence interval, changes, anomalies",
                details:
                    "Slope by Theil–Sen, changes by PELT, anomalies by robust z-scores against the same hour of past days.",
                parameters: [
                    .init(
                        "type",
                        .oneOf(WindowType.allCases.map(\.name), standard: "hourly"),
                        "The windows to look at"
                    ),
                    .init(
                        "by",
                        .oneOf(Dimension.allCases.map(\.name), standard: nil),
                        "The groups of this dimension; whole windows unless given"
                    ),
                    .init(
                        "metric",
                        .oneOf(Metric.allCases.filter { $0 != .stuckWorkflows }.map(\.rawValue), standard: nil),
                        "This metric alone"
                    ),
                    .init("group", .text(bytesMax: 1024), "This group alone; the 20 with the most data unless given"),
                    .init("to", .moment, "Windows that start before this moment; up to the newest unless given"),
                    .init(
                        "points",
                        .integer(TrendQuery.pointsAllowed, standard: TrendQuery.pointsAllowed.upperBound),
                        "Newest windows that slopes and changes are looked for in"
                    ),
                    .init("series", .oneOf(["yes", "no"], standard: "no"), "Whether to answer with the points too"),
                ],
                answers: [.init(summary: "Trends", schema: .reference("Trends"))],
                problems: [.notFound, .unavailable],
                handle: trends
            ),
        ]
    }

    private static let states = ["ok", "pending", "firing", "resolved"]

    @Sendable private func trends(_ request: APIRequest) async throws(Problem) -> APIResponse {
        let query = TrendQuery(
            type: request.text("type").flatMap { WindowType(name: $0) } ?? .hourly,
            dimension: request.text("by").flatMap { Dimension(name: $0) },
            metric: request.text("metric").flatMap { Metric(rawValue: $0) },
            group: request.text("group"),
            to: request.moment("to"),
            points: request.integer("points") ?? TrendQuery.pointsAllowed.upperBound,
            withPoints: request.text("series") == "yes"
        )
        let known = Metric.metrics(of: query.dimension)
        if let metric = query.metric, !known.contains(metric) {
            let what = query.dimension.map { "by=\($0.name)" } ?? "a whole window"
            throw Problem(
                .notFound,
                "there is no metric \(metric.rawValue) here; \(what) has \(known.map(\.rawValue).joined(separator: ", "))"
            )
        }
        if query.group != nil, query.dimension == nil {
            throw Problem(.notFound, "whole windows have no groups; say with by of which dimension the group is")
        }
        return .json(try await cluster.ask(.trends(query)))
    }
}
