import Foundation
import WeirCluster

// An election: one key, which is made by who finds none, and hangs on a lease (etcd.io/docs, "etcd concurrency API reference", whose locks
// and elections are keys on leases too).
extension EtcdGateway {
    /// Who is elected, as a majority of etcd's members knows.
    func ballot(_ key: String) async throws(DiscoveryFailure) -> Ballot {
        let answer: RangeAnswer = try await call("/v3/kv/range", ["key": Self.bytes(key)], .elect(key: key))
        return try ballot(answer.header, answer.kvs)
    }

    /// Makes the key unless it is there. Returns who is elected then: the asker, or who was before.
    func stand(_ key: String, _ candidate: Candidate, lease: String) async throws(DiscoveryFailure) -> Ballot {
        let bytes = Self.bytes(key)
        let value = String(decoding: RegistryClient.encoded(candidate), as: UTF8.self)
        let question = Transaction(
            compare: [.init(key: bytes, target: "CREATE", createRevision: "0")],
            success: [.init(requestPut: .init(key: bytes, value: Self.bytes(value), lease: lease))],
            failure: [.init(requestRange: .init(key: bytes))]
        )
        let answer: TransactionAnswer = try await call("/v3/kv/txn", question, .elect(key: key))
        guard answer.succeeded == true else {
            return try ballot(answer.header, answer.responses?.first?.range?.kvs)
        }
        let winner = Ballot.Winner(candidate: candidate, lease: lease, number: try number(answer.header.revision))
        return Ballot(cluster: answer.header.cluster, winner: winner)
    }

    private func ballot(_ header: Header, _ pairs: [Pair]?) throws(DiscoveryFailure) -> Ballot {
        guard let pair = pairs?.first else { return Ballot(cluster: header.cluster) }
        let winner = Ballot.Winner(
            candidate: try? JSONDecoder().decode(Candidate.self, from: pair.value ?? Data()),
            lease: pair.lease ?? "0",
            number: try number(pair.number)
        )
        return Ballot(cluster: header.cluster, winner: winner)
    }

    private func number(_ text: String) throws(DiscoveryFailure) -> Int64 {
        guard let number = Int64(text) else {
            throw .unreadable(place: place, reason: "\(text) is no revision")
        }
        return number
    }

    // Those that are 0 are left out in answers; questions may have proto3's names or, as here, those of its JSON mapping.

    private struct Header: Decodable {
        var cluster: String
        var revision: String

        enum CodingKeys: String, CodingKey {
            case cluster = "cluster_id"
            case revision
        }
    }

    private struct Pair: Decodable {
        var value: Data?
        var lease: String?
        var number: String

        enum CodingKeys: String, CodingKey {
            case value
            case lease
            case number = "create_revision"
        }
    }

    private struct RangeAnswer: Decodable {
        var header: Header
        var kvs: [Pair]?
    }

    private struct TransactionAnswer: Decodable {
        var header: Header
        var succeeded: Bool?
        var responses: [Response]?

        struct Response: Decodable {
            var range: Range?

            enum CodingKeys: String, CodingKey {
                case range = "response_range"
            }
        }

        struct Range: Decodable {
            var kvs: [Pair]?
        }
    }

    private struct Transaction: Encodable {
        var compare: [Comparison]
        var success: [Put]
        var failure: [Range]

        struct Comparison: Encodable {
            var key: String
            var target: String
            var createRevision: String
        }

        struct Put: Encodable {
            var requestPut: Content

            struct Content: Encodable {
                var key: String
                var value: String
                var lease: String
            }
        }

        struct Range: Encodable {
            var requestRange: Content

            struct Content: Encodable {
                var key: String
            }
        }
    }
}
