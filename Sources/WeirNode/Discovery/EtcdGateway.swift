import Foundation

/// etcd 3.4 or later, by the JSON gateway that it serves beside gRPC (etcd.io/docs, dev-guide/api_grpc_gateway). 64-bit numbers are texts there,
/// and bytes are in base 64.
struct EtcdGateway: Sendable {
    let client: RegistryClient

    /// - Parameters:
    ///   - servers: members of one etcd.
    ///   - timeout: wall clock, for an answer.
    init(
        _ servers: [URL],
        _ configuration: NodeConfiguration.Discovery,
        timeout: Duration = RegistryClient.timeoutDefault
    ) throws(DiscoveryFailure) {
        client = try RegistryClient("etcd", at: servers, authorities: configuration.tlsAuthority, timeout: timeout)
    }

    /// A lease that ends so many seconds after its last renewal, or later: etcd has a least of its own, 2 s as it is delivered.
    func grantLease(seconds: Int) async throws(DiscoveryFailure) -> String {
        struct Answer: Decodable {
            var id: String

            enum CodingKeys: String, CodingKey {
                case id = "ID"
            }
        }
        let answer: Answer = try await client.call(.POST, "/v3/lease/grant", ["TTL": "\(seconds)"])
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
        let answer: Answer = try await client.call(.POST, "/v3/lease/keepalive", ["ID": id])
        return answer.result?.seconds.flatMap { Int($0) } ?? 0 > 0
    }

    /// Ends a lease, and with it the keys that hang on it.
    func revokeLease(_ id: String) async throws(DiscoveryFailure) {
        _ = try await client.request(.POST, "/v3/lease/revoke", body: RegistryClient.encoded(["ID": id]))
    }

    func put(_ key: String, _ value: String, lease: String) async throws(DiscoveryFailure) {
        let question = ["key": Self.bytes(key), "value": Self.bytes(value), "lease": lease]
        _ = try await client.request(.POST, "/v3/kv/put", body: RegistryClient.encoded(question))
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
        let answer: Answer = try await client.call(
            .POST,
            "/v3/kv/range",
            ["key": Self.bytes(prefix), "range_end": Data(end).base64EncodedString()]
        )
        return answer.kvs?.compactMap { $0.value.map { String(decoding: $0, as: UTF8.self) } } ?? []
    }

    static func bytes(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
