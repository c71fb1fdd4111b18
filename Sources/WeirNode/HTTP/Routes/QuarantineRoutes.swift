import Foundation
import WeirCore
import WeirWire

/// Lines that could not be counted.
struct QuarantineRoutes {
    let cluster: ClusterLine
    /// Nil where there is no ingest.
    let ingest: (@Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply)?

    private static let id = APIParameter("id", in: .path, .number, "The line's id")

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get,
                path: "/v1/quarantine",
                id: "listQuarantine",
                group: "quarantine",
                summary: "Refused lines, newest first, whole, with the reason",
                parameters: [
                    .init(
                        "reason",
                        .oneOf(QuarantineReason.allCases.map(\.rawValue), standard: nil),
                        "Those of this reason alone"
                    ),
                    .init("state", .oneOf(["all", "held"], standard: "all"), "All, or those that were not sent again"),
                    .init("limit", .integer(1...1000, standard: 100), "Lines in a page, at most"),
                    .init("cursor", .number, "The next_cursor of the page before"),
                ],
                answers: [.init(summary: "A page", schema: ResponseSchemas.page(of: "lines", "QuarantinedLine"))],
                problems: [.unavailable],
                handle: { request throws(Problem) in
                    let query = QuarantineQuery(
                        reason: request.text("reason"),
                        before: request.integer("cursor").map(UInt64.init),
                        isHeld: request.text("state") == "held",
                        limit: request.integer("limit") ?? 100
                    )
                    return .json(try await cluster.ask(.quarantine(query)))
                }
            ),
            APIRoute(
                method: .get,
                path: "/v1/quarantine/{id}",
                id: "getQuarantinedLine",
                group: "quarantine",
                summary: "One refused line",
                parameters: [Self.id],
                answers: [.init(summary: "The line", schema: .reference("QuarantinedLine"))],
                problems: [.notFound, .unavailable],
                handle: { request throws(Problem) in .json(try await cluster.ask(.quarantinedLine(number(request)))) }
            ),
            APIRoute(
                method: .post,
                path: "/v1/quarantine/{id}/replay",
                id: "replayQuarantinedLine",
                group: "quarantine",
                summary: "Send a refused line again, as new input",
                details:
                    "It is judged anew, and may come to quarantine again. The old entry stays, with the time of its replay.",
                parameters: [Self.id],
                answers: [.init(summary: "What became of it", schema: .reference("Accepted"))],
                problems: [.notFound, .misdirected, .tooManyRequests, .tooLarge, .unavailable],
                access: .level(.operate),
                handle: replay
            ),
            APIRoute(
                method: .delete,
                path: "/v1/quarantine/{id}",
                id: "dropQuarantinedLine",
                group: "quarantine",
                summary: "Forget a refused line; its count stays",
                parameters: [Self.id],
                answers: [.init(summary: "It is gone", schema: .object([("settled", .count)]))],
                problems: [.notFound, .unavailable],
                access: .level(.operate),
                handle: { request throws(Problem) in
                    let id = number(request)
                    _ = try await cluster.ask(.quarantinedLine(id))
                    return .json(try await cluster.ask(.settleQuarantine([id], .dropped)))
                }
            ),
        ]
    }

    private func number(_ request: APIRequest) -> UInt64 { UInt64(request.integer("id") ?? 0) }

    @Sendable private func replay(_ request: APIRequest) async throws(Problem) -> APIResponse {
        guard let ingest else {
            throw await Misdirection(cluster: cluster).problem("use weirctl quarantine replay, or ask")
        }
        let id = number(request)
        let json = try await cluster.ask(.quarantinedLine(id))
        guard let line = QuarantinedText(json: json) else {
            throw Problem(.internalError, "line \(id) can't be read as it was stored")
        }
        let reply = await ingest(line.bytes, false)
        switch reply {
        case .accepted:
            _ = try await cluster.ask(.settleQuarantine([id], .replayed))
            return .json(reply.json)
        case .retry(let reason): throw .later(reason)
        case .rejected(let reason): throw Problem(.tooLarge, reason)
        }
    }
}

/// The bytes of a refused line, out of the JSON that tells of it.
public struct QuarantinedText: Sendable, Equatable {
    public let id: UInt64
    /// On one line: an element of a JSON array may have stood on several.
    public let bytes: [UInt8]

    private struct Line: Decodable {
        var id: UInt64
        var text: String?
        var base64: Data?
    }

    /// Nil for JSON of something else.
    public init?(json: [UInt8]) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(json)) else { return nil }
        guard let bytes = line.text.map({ Array($0.utf8) }) ?? line.base64.map({ [UInt8]($0) }) else { return nil }
        self.id = line.id
        self.bytes = bytes.map { [0x0A, 0x0D].contains($0) ? 0x20 : $0 }
    }
}
