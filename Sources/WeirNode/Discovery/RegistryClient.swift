import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOSSL

/// JSON over HTTP to a registry of services.
struct RegistryClient: Sendable {
    /// Wall clock: an answer that takes longer is none.
    static let timeout = TimeAmount.seconds(5)
    /// Longest answer, in bytes.
    static let answerBytesMax = 4 << 20

    private let client: HTTPClient
    /// What messages call it.
    let place: String
    private let server: URL

    /// - Parameters:
    ///   - place: what it is, for messages.
    ///   - authorities: file with the certificates of authorities (PEM) for `https`; nil for the system's.
    init(_ place: String, at server: URL, authorities: String?) throws(DiscoveryFailure) {
        self.place = "\(place) at \(server)"
        self.server = server
        guard let authorities else {
            client = .shared
            return
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        do {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
        } catch {
            throw .credentials(
                "\(authorities) can't be used as certificates of authorities (discovery.tls_ca): \(error)"
            )
        }
        client = HTTPClient(
            eventLoopGroupProvider: .shared(.singletonMultiThreadedEventLoopGroup),
            configuration: HTTPClient.Configuration(tlsConfiguration: tls)
        )
    }

    /// To be called when no request is under way and none will come.
    func close() async {
        guard client !== HTTPClient.shared else { return }
        try? await client.shutdown()
    }

    /// The body of an answer of status 200 to 299.
    ///
    /// - Parameter path: with its query, percent-encoded.
    func request(
        _ method: HTTPMethod,
        _ path: String,
        headers: [(String, String)] = [],
        body: Data? = nil
    ) async throws(DiscoveryFailure) -> Data {
        var request = HTTPClientRequest(url: server.absoluteString + path)
        request.method = method
        request.headers.add(contentsOf: HTTPHeaders(headers))
        if let body {
            request.headers.replaceOrAdd(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: body))
        }
        let status: Int
        let answer: Data
        do {
            let response = try await client.execute(request, timeout: Self.timeout)
            status = Int(response.status.code)
            answer = Data(buffer: try await response.body.collect(upTo: Self.answerBytesMax))
        } catch {
            throw .unreachable(place: place, reason: "\(error)")
        }
        guard (200...299).contains(status) else {
            let text = String(decoding: answer.prefix(200), as: UTF8.self)
            throw .refused(place: place, status: status, answer: text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return answer
    }

    /// Likewise, with JSON in both directions.
    func call<Answer: Decodable>(
        _ method: HTTPMethod,
        _ path: String,
        headers: [(String, String)] = [],
        _ question: (some Encodable)?
    ) async throws(DiscoveryFailure) -> Answer {
        let body = question.map { Self.encoded($0) }
        let answer = try await request(method, path, headers: headers, body: body)
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
