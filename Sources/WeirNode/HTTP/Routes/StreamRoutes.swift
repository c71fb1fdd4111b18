import HTTPTypes
import WeirCore

/// Windows as they close.
struct StreamRoutes {
    let feed: WindowFeed

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get,
                path: "/v1/stream",
                id: "streamWindows",
                group: "windows",
                summary: "Server-sent events: the record of each window as it closes",
                details:
                    "Each has the event `window`, an id, and the record as data. A client that comes back with Last-Event-ID misses "
                    + "nothing. One that reads too slowly is sent the event `dropped` with the reason, and the stream ends.",
                parameters: [
                    .init("type", .oneOf(WindowType.allCases.map(\.name), standard: nil), "Windows of this type alone")
                ],
                answers: [.init(summary: "Events", contentType: "text/event-stream", schema: .text)],
                problems: [.tooManyRequests, .unavailable],
                handle: { request throws(Problem) in
                    let resume = request.request.headers[HTTPField.Name("Last-Event-ID")!].flatMap { UInt64($0) }
                    let client = try await feed.subscribe(type: request.text("type"), after: resume)
                    return APIResponse(contentType: "text/event-stream", body: .stream(client.body))
                }
            )
        ]
    }
}
