import Foundation
import Logging

/// etcd 3.4 or later, by the JSON gateway that it serves beside gRPC (etcd.io/docs, dev-guide/api_grpc_gateway). 64-bit numbers are texts there,
/// and bytes are in base 64.
struct EtcdGateway: Sendable {
    private let client: RegistryClient
    /// Nil where etcd asks for no user.
    private let session: EtcdSession?

    /// - Parameters:
    ///   - servers: members of one etcd.
    ///   - timeout: wall clock, for an answer; to prove who asks is part of it.
    ///   - log: is told of new certificates; nil for none.
    init(
        _ servers: [URL],
        _ configuration: NodeConfiguration.Discovery,
        timeout: Duration = RegistryClient.timeoutDefault,
        log: Logger? = nil
    ) throws(DiscoveryFailure) {
        let client = try RegistryClient("etcd", at: servers, configuration, timeout: timeout, log: log)
        self.client = client
        session = try EtcdUser(configuration).map { EtcdSession(of: $0, at: client) }
    }

    /// What messages call it.
    var place: String { client.place }

    /// Asks as the user. When the token is refused, a new one is asked for and the question put again, within the time that one answer may take.
    ///
    /// - Parameter access: what the question is about, for who may not ask it.
    func call<Answer: Decodable>(
        _ path: String,
        _ question: some Encodable,
        _ access: EtcdAccess
    ) async throws(DiscoveryFailure) -> Answer {
        do throws(DiscoveryFailure) {
            return try await callAsUser(path, question, by: .now + client.timeout)
        } catch {
            throw explained(error, access)
        }
    }

    private func callAsUser<Answer: Decodable>(
        _ path: String,
        _ question: some Encodable,
        by end: ContinuousClock.Instant
    ) async throws(DiscoveryFailure) -> Answer {
        let token = try await session?.token(by: end)
        do throws(DiscoveryFailure) {
            return try await ask(path, question, token, by: end)
        } catch {
            guard EtcdRefusal(error) == .token, let session else { throw error }
            let fresh = try await session.token(insteadOf: EtcdSession.Refused(token: token), by: end)
            return try await ask(path, question, fresh, by: end)
        }
    }

    private func ask<Answer: Decodable>(
        _ path: String,
        _ question: some Encodable,
        _ token: String?,
        by end: ContinuousClock.Instant
    ) async throws(DiscoveryFailure) -> Answer {
        let headers = token.map { [("authorization", $0)] } ?? []
        return try await client.call(.POST, path, headers: headers, question, by: end)
    }

    private func explained(_ failure: DiscoveryFailure, _ access: EtcdAccess) -> DiscoveryFailure {
        switch (EtcdRefusal(failure), session?.user.name) {
        case (.token, nil), (.permission, nil):
            .denied(
                place: place,
                reason: "it asks who this node is",
                remedy: "set discovery.etcd_username and discovery.etcd_password_file"
            )
        case (.permission, let user?):
            .denied(
                place: place,
                reason: "the user \(user) may not \(access)",
                remedy: "see etcdctl user get --detail \(user), and give a role of it the right: \(access.grant)"
            )
        case (.commonName, _):
            .denied(
                place: place,
                reason: "the certificate in discovery.tls_certificate has a CN, which etcd with users takes of none",
                remedy: "issue one whose subject has none, such as /O=Weir"
            )
        case (.token, _), (.password, _), (.isOpen, _), (nil, _):
            failure
        }
    }

    /// An answer of which nothing is needed.
    private struct Done: Decodable {}

    /// A lease that ends so many seconds after its last renewal, or later: etcd has a least of its own, 2 s as it is delivered.
    func grantLease(seconds: Int) async throws(DiscoveryFailure) -> String {
        struct Answer: Decodable {
            var id: String

            enum CodingKeys: String, CodingKey {
                case id = "ID"
            }
        }
        let answer: Answer = try await call("/v3/lease/grant", ["TTL": "\(seconds)"], .lease)
        return answer.id
    }

    /// Returns whether the lease was still there.
    func renewLease(_ id: String) async throws(DiscoveryFailure) -> Bool {
        struct Answer: Decodable {
            var result: Result?

            struct Result: Decodable {
                /// Absent when the lease has ended.
                var seconds: String?

                enum CodingKeys: String, CodingKey {
                    case seconds = "TTL"
                }
            }
        }
        let answer: Answer = try await call("/v3/lease/keepalive", ["ID": id], .lease)
        return answer.result?.seconds.flatMap { Int($0) } ?? 0 > 0
    }

    /// Ends a lease, and with it the keys that hang on it.
    func revokeLease(_ id: String) async throws(DiscoveryFailure) {
        let _: Done = try await call("/v3/lease/revoke", ["ID": id], .lease)
    }

    /// Keeps a value under a prefix and a name.
    func put(_ value: String, as name: String, under prefix: String, lease: String) async throws(DiscoveryFailure) {
        let question = ["key": Self.bytes(prefix + name), "value": Self.bytes(value), "lease": lease]
        let _: Done = try await call("/v3/kv/put", question, .announce(name: name, prefix: prefix))
    }

    /// The values of all keys that begin with a prefix, which is not empty, in order of the keys.
    func values(under prefix: String) async throws(DiscoveryFailure) -> [String] {
        struct Answer: Decodable {
            var kvs: [Pair]?

            struct Pair: Decodable {
                var value: Data?
            }
        }
        // The first key after all of them: the last byte, one greater. A prefix is UTF-8, in which no byte is 0xFF.
        var end = Array(prefix.utf8)
        end[end.count - 1] += 1
        let answer: Answer = try await call(
            "/v3/kv/range",
            ["key": Self.bytes(prefix), "range_end": Data(end).base64EncodedString()],
            .look(prefix: prefix)
        )
        return answer.kvs?.compactMap { $0.value.map { String(decoding: $0, as: UTF8.self) } } ?? []
    }

    static func bytes(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
