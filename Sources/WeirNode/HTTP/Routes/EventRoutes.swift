import HTTPTypes

/// Events in.
struct EventRoutes {
    /// Nil where there is no ingest.
    let ingest: (@Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply)?
    let misdirection: Misdirection
    let bodyBytesMax: Int

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .post,
                path: "/v1/events",
                id: "postEvents",
                group: "events",
                summary: "Send events",
                details:
                    "Answered once every line is on disk. A line that is not a valid event goes to quarantine and counts as accepted. "
                    + "Send again what was not answered: events that arrive twice are counted once. Content-Encoding may be gzip.",
                body: .init(
                    summary: "One JSON object a line, or a JSON array of objects; up to \(bodyBytesMax) bytes",
                    contents: [
                        ("application/x-ndjson", .text), ("application/json", .anything),
                    ]
                ),
                answers: [.init(summary: "All of it is on disk", schema: .reference("Accepted"))],
                problems: [
                    .invalidBody, .bodyTimeout, .tooLarge, .unsupportedMediaType, .misdirected, .tooManyRequests,
                    .unavailable,
                ],
                access: .send,
                isMetered: false,
                handle: take
            )
        ]
    }

    private static let contentTypes = [
        "application/json", "application/x-ndjson", "application/jsonl", "application/octet-stream", "text/plain",
        "application/x-www-form-urlencoded",  // What curl sends unless told otherwise.
    ]

    /// Lines and never an array: a line that begins with a bracket is one bad line, and those after it are taken.
    private static let lineTypes = ["application/x-ndjson", "application/jsonl"]

    @Sendable private func take(_ request: APIRequest) async throws(Problem) -> APIResponse {
        guard let ingest else {
            throw await misdirection.problem("send events to")
        }
        let headers = request.request.headers
        let type = headers[.contentType]?.split(separator: ";").first?.lowercased()
        if let type, !Self.contentTypes.contains(type) {
            throw Problem(
                .unsupportedMediaType,
                "Content-Type \(type.prefix(80)) is not known; use application/x-ndjson or application/json"
            )
        }
        let encoding = headers[.contentEncoding]?.lowercased() ?? "identity"
        guard ["identity", "gzip"].contains(encoding) else {
            throw Problem(
                .unsupportedMediaType,
                "Content-Encoding \(encoding.prefix(80)) is not known; use gzip or none",
                headers: [.acceptEncoding: "gzip"]
            )
        }
        var body = try await request.body()
        if encoding == "gzip" {
            do throws(Gzip.Failure) {
                body = try Gzip.inflated(body, limit: bodyBytesMax)
            } catch {
                if case .tooLarge = error { throw Problem(.tooLarge, error.description) }
                throw Problem(.invalidBody, error.description)
            }
        }
        let reply = await ingest(body, !Self.lineTypes.contains(type ?? "") && Self.isArray(body))
        switch reply {
        case .accepted: return .json(reply.json)
        case .retry(let reason): throw .later(reason)
        case .rejected(let reason): throw Problem(.tooLarge, reason)
        }
    }

    /// No event begins with a bracket, so an array shows in its first character where the type leaves it open.
    private static func isArray(_ body: [UInt8]) -> Bool {
        body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == 0x5B
    }
}
