import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOSSL
import NNG
import Synchronization

/// JSON over HTTP to a registry of services. Its connections are closed with it.
final class RegistryClient: Sendable {
    /// Longest answer, in bytes.
    static let answerBytesMax = 4 << 20
    /// Of an answer that refuses, what is repeated, in bytes.
    private static let refusalBytesMax = 500
    /// Wall clock: an answer that takes longer is none, unless something else is said.
    static let timeoutDefault = Duration.seconds(5)

    private let client: HTTPClient
    /// What messages call it.
    let place: String
    private let servers: [URL]
    private let tls: RegistryTLS
    /// Of ``servers``, the one that is asked first: the one that answered last.
    private let current = Atomic(0)
    /// Wall clock: how long an answer may take.
    let timeout: Duration

    /// - Parameters:
    ///   - place: what it is, for messages.
    ///   - servers: one or more that know the same.
    ///   - configuration: the files for `https`.
    ///   - timeout: wall clock, for an answer.
    ///   - log: is told of new certificates; nil for none.
    init(
        _ place: String,
        at servers: [URL],
        _ configuration: NodeConfiguration.Discovery,
        timeout: Duration = RegistryClient.timeoutDefault,
        log: Logger? = nil
    ) throws(DiscoveryFailure) {
        precondition(!servers.isEmpty, "a registry has a server at least")
        self.place = "\(place) at \(servers.map(\.absoluteString).joined(separator: ","))"
        self.servers = servers
        self.timeout = timeout
        tls = try RegistryTLS(configuration, for: self.place, log: log)
        let bound = TimeAmount.nanoseconds(timeout.inMicroseconds * 1000)
        var ways = HTTPClient.Configuration(timeout: .init(connect: bound))
        // Its pauses grow to a minute: a server that is back would go unnoticed for as long. Who asks has pauses of their own.
        ways.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(
            eventLoopGroupProvider: .shared(.singletonMultiThreadedEventLoopGroup),
            configuration: ways
        )
    }

    deinit { client.shutdown { _ in } }

    /// The body of an answer of status 200 to 299. A server that can't be reached, or is in trouble itself, is passed over for the next, as long
    /// as the answer may take.
    ///
    /// - Parameters:
    ///   - path: with its query, percent-encoded.
    ///   - end: of the time that the answer may take; nil for ``timeout`` from now on.
    func request(
        _ method: HTTPMethod,
        _ path: String,
        headers: [(String, String)] = [],
        body: Data? = nil,
        by end: ContinuousClock.Instant? = nil
    ) async throws(DiscoveryFailure) -> Data {
        let end = end ?? .now + timeout
        for attempt in 1... {
            let server = current.load(ordering: .relaxed)
            do throws(DiscoveryFailure) {
                return try await ask(servers[server], method, path, headers: headers, body: body, by: end)
            } catch {
                guard error.isOfOneServer else { throw error }
                current.store((server + 1) % servers.count, ordering: .relaxed)
                guard attempt < servers.count, ContinuousClock.now < end else { throw error }
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    private func ask(
        _ server: URL,
        _ method: HTTPMethod,
        _ path: String,
        headers: [(String, String)],
        body: Data?,
        by end: ContinuousClock.Instant
    ) async throws(DiscoveryFailure) -> Data {
        var request = HTTPClientRequest(url: server.absoluteString + path)
        request.method = method
        // Connections that were made with other files are not used again.
        request.tlsConfiguration = tls.configuration
        request.headers.add(contentsOf: HTTPHeaders(headers))
        if let body {
            request.headers.replaceOrAdd(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: body))
        }
        let status: Int
        let answer: Data
        do {
            let rest = TimeAmount.nanoseconds(max(0, (end - .now).inMicroseconds) * 1000)
            let response = try await client.execute(request, timeout: rest)
            status = Int(response.status.code)
            answer = Data(buffer: try await response.body.collect(upTo: Self.answerBytesMax))
        } catch {
            if let reason = HandshakeFailure.reason(error) {
                let obstacle = tls.obstacle.map { "; \($0)" } ?? ""
                throw .untrusted(place: place, reason: reason + obstacle)
            }
            // In TLS 1.3 it tells only after the handshake that it wants another certificate, or one at all.
            if server.scheme == "https", error as? HTTPClientError == .remoteConnectionClosed {
                throw .untrusted(
                    place: place,
                    reason: "it closed the connection, as to those that show it no certificate that it believes"
                )
            }
            throw .unreachable(place: place, reason: "\(error)")
        }
        guard (200...299).contains(status) else {
            let text = String(decoding: answer.prefix(Self.refusalBytesMax), as: UTF8.self)
            throw .refused(place: place, status: status, answer: text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return answer
    }

    /// Likewise, with JSON in both directions.
    func call<Answer: Decodable>(
        _ method: HTTPMethod,
        _ path: String,
        headers: [(String, String)] = [],
        _ question: (some Encodable)?,
        by end: ContinuousClock.Instant? = nil
    ) async throws(DiscoveryFailure) -> Answer {
        let body = question.map { Self.encoded($0) }
        return try decoded(try await request(method, path, headers: headers, body: body, by: end))
    }

    /// An answer's JSON.
    func decoded<Answer: Decodable>(_ answer: Data) throws(DiscoveryFailure) -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: answer)
        } catch {
            throw .unreadable(place: place, reason: "\(error)")
        }
    }

    static func encoded(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(value)
        } catch {
            preconditionFailure("texts, numbers and lists of them can be encoded: \(error)")
        }
    }

    /// A part of a path, percent-encoded.
    static func pathPart(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~")))
            ?? text
    }
}
