import WeirCore
import WeirWire

/// Windows: their records, and where they came from.
struct WindowRoutes {
    let cluster: ClusterLine

    private static let types = WindowType.allCases.map(\.name)

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get,
                path: "/v1/windows",
                id: "listWindows",
                group: "windows",
                summary: "Records of windows, by type, then start, then revision",
                details:
                    "With mode=rolling one record instead: of the time up to `at`, as long as the type's windows are. Its edges are rounded down "
                    + "to a pane, or to the hours or days that are kept of old times; the answer says which.",
                parameters: [
                    .init(
                        "type",
                        .oneOf(Self.types, standard: nil),
                        "Windows of this type alone; needed with mode=rolling"
                    ),
                    .init("from", .moment, "Windows that start at or after this moment"),
                    .init("to", .moment, "Windows that start before this moment"),
                    .init("limit", .integer(1...1000, standard: 100), "Windows in a page, at most"),
                    .init(
                        "cursor",
                        .cursor(
                            pattern: "^[0-4]\\.-?[0-9]{1,18}\\.[0-9]{1,9}$",
                            isValid: { WindowPosition(cursor: $0) != nil }
                        ),
                        "The next_cursor of the page before, with the same other parameters"
                    ),
                    .init(
                        "revision",
                        .oneOf(["newest", "all"], standard: "newest"),
                        "The newest revision of each window, or every one"
                    ),
                    .init(
                        "order",
                        .oneOf(["ascending", "descending"], standard: "ascending"),
                        "From the first to the last, or the other way"
                    ),
                    .init(
                        "state",
                        .oneOf(["closed", "open"], standard: "closed"),
                        "Windows that are closed, or those that are open, with their provisional record"
                    ),
                    .init(
                        "mode",
                        .oneOf(["tumbling", "rolling"], standard: "tumbling"),
                        "Windows as they are, or a rolling one"
                    ),
                    .init("at", .moment, "Where a rolling window ends; the watermark unless given"),
                ],
                answers: [.init(summary: "A page", schema: ResponseSchemas.windowsOrRolling)],
                problems: [.notFound, .unavailable],
                handle: list
            ),
            APIRoute(
                method: .get,
                path: "/v1/windows/{type}/{start}",
                id: "getWindow",
                group: "windows",
                summary: "One window, with its revisions, transitions, intents and provenance",
                details:
                    "Provenance names by epoch and worker the shards, commits, events and frames that the window was merged from.",
                parameters: [
                    .init("type", in: .path, .oneOf(Self.types, standard: nil), "Type of the window"),
                    .init("start", in: .path, .moment, "Where the window starts"),
                ],
                answers: [.init(summary: "The window", schema: .reference("Window"))],
                problems: [.notFound, .unavailable],
                handle: show
            ),
        ]
    }

    @Sendable private func list(_ request: APIRequest) async throws(Problem) -> APIResponse {
        let type = request.text("type").flatMap { WindowType(name: $0) }
        if request.text("mode") == "rolling" {
            guard let span = type.flatMap({ RollingSpan($0) }) else {
                throw Problem(
                    .notFound,
                    "there is no rolling window of this length; type must be hourly, daily, weekly or monthly, to say how far back"
                )
            }
            return .json(try await cluster.ask(.rolling(span, at: request.moment("at"))))
        }
        let query = WindowQuery(
            type: type,
            from: request.moment("from"),
            to: request.moment("to"),
            selectsOpen: request.text("state") == "open",
            selectsAllRevisions: request.text("revision") == "all",
            isDescending: request.text("order") == "descending",
            after: request.text("cursor").flatMap { WindowPosition(cursor: $0) },
            limit: request.integer("limit") ?? 100
        )
        return .json(try await cluster.ask(.windows(query)))
    }

    @Sendable private func show(_ request: APIRequest) async throws(Problem) -> APIResponse {
        guard let type = request.text("type").flatMap({ WindowType(name: $0) }), let start = request.moment("start")
        else {
            throw Problem(.internalError, "the path was matched without its parameters")
        }
        return .json(try await cluster.ask(.window(Window(type: type, start: start))))
    }
}
