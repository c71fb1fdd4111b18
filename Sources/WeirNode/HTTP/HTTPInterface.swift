import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import WeirCore

/// The HTTP interface of a node: `GET /health`, `GET /ready`, and `POST /v1/events` where there is an ingest.
public struct HTTPInterface: Service {
    private let host: String
    private let port: Int
    private let bodyBytesMax: Int
    private let log: Logger
    private let health: @Sendable () async -> NodeHealth
    private let ingest: (@Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply)?
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - ingest: takes a batch of events; nil where there is no ingest.
    ///   - onListening: is told the port that was bound.
    public init(
        host: String,
        port: Int,
        bodyBytesMax: Int,
        log: Logger,
        health: @escaping @Sendable () async -> NodeHealth,
        ingest: (@Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply)?,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.bodyBytesMax = bodyBytesMax
        self.log = log
        self.health = health
        self.ingest = ingest
        self.onListening = onListening
    }

    public func run() async throws {
        let router = Router()
        router.get("/health") { _, _ in Self.json(await health().json, .ok) }
        router.get("/ready") { _, _ in
            let health = await health()
            return Self.json(health.json, health.isReady ? .ok : .serviceUnavailable)
        }
        if let ingest { router.post("/v1/events") { request, _ in try await take(request, ingest) } }
        var quiet = log
        quiet.logLevel = max(quiet.logLevel, .warning)
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: "weir"),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? port) },
            logger: quiet
        )
        try await application.runService(gracefulShutdownSignals: [])
    }

    /// NDJSON, or a JSON array when `Content-Type` is `application/json` and the body begins with `[`; gzip with `Content-Encoding: gzip`.
    private func take(
        _ request: Request,
        _ ingest: @Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply
    ) async throws -> Response {
        var body: [UInt8]
        do {
            let buffer = try await request.body.collect(upTo: bodyBytesMax)
            body = Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            return refused("the body is longer than \(bodyBytesMax) bytes; send smaller batches", .contentTooLarge)
        }
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "identity": break
        case "gzip":
            do throws(Gzip.Failure) {
                body = try Gzip.inflated(body, limit: bodyBytesMax)
            } catch {
                if case .tooLarge = error { return refused(error.description, .contentTooLarge) }
                return refused(error.description, .badRequest)
            }
        case .some(let encoding):
            return refused("content encoding \(encoding) is not known; use gzip or none", .unsupportedMediaType)
        }
        let reply = await ingest(body, Self.isArray(body))
        switch reply {
        case .accepted: return Self.json(reply.json, .ok)
        case .retry:
            var response = Self.json(reply.json, .tooManyRequests)
            response.headers[.retryAfter] = "1"
            return response
        case .rejected: return Self.json(reply.json, .contentTooLarge)
        }
    }

    /// No event begins with a bracket, so an array shows in its first character.
    private static func isArray(_ body: [UInt8]) -> Bool {
        body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == 0x5B
    }

    private func refused(_ reason: String, _ status: HTTPResponse.Status) -> Response {
        Self.json(IngestReply.rejected(reason: reason).json, status)
    }

    private static func json(_ bytes: [UInt8], _ status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes + [0x0A]))
        )
    }
}
