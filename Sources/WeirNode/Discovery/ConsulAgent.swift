import Foundation
import Logging
import NIOHTTP1

/// An agent of Consul, by its HTTP API (developer.hashicorp.com/consul/api-docs/agent/service and /health).
struct ConsulAgent: Sendable {
    private let client: RegistryClient
    /// Read for each request, as it may be changed while the node runs; nil for the environment's, or none.
    private let tokenFile: SecretSource?
    private let environmentToken: String?

    /// The metadata under which a coordinator's control URL is kept.
    static let controlKey = "weir_control_url"
    /// The variable that has the token where no file is named; the one that Consul's own tools read.
    static let tokenVariable = "CONSUL_HTTP_TOKEN"

    init(
        _ agent: URL,
        _ configuration: NodeConfiguration.Discovery,
        log: Logger? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(DiscoveryFailure) {
        client = try RegistryClient("Consul's agent", at: [agent], configuration, log: log)
        tokenFile = configuration.consulTokenFile.map { SecretSource($0) }
        environmentToken = environment[Self.tokenVariable].flatMap { $0.isEmpty ? nil : $0 }
        _ = try headers()
    }

    /// What is registered: fields of the API that are used here.
    struct Registration: Encodable, Sendable {
        var id: String
        var name: String
        var address: String
        var port: Int
        var tags: [String]
        var meta: [String: String]
        var check: Check

        struct Check: Encodable, Sendable {
            var http: String
            var interval: String
            var timeout: String
            /// A node that is gone without a word is removed by Consul itself after that.
            var deregisterCriticalServiceAfter: String

            enum CodingKeys: String, CodingKey {
                case http = "HTTP"
                case interval = "Interval"
                case timeout = "Timeout"
                case deregisterCriticalServiceAfter = "DeregisterCriticalServiceAfter"
            }
        }

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case name = "Name"
            case address = "Address"
            case port = "Port"
            case tags = "Tags"
            case meta = "Meta"
            case check = "Check"
        }
    }

    /// Whether the agent knows an instance.
    func knows(id: String) async throws(DiscoveryFailure) -> Bool {
        do {
            _ = try await ask(.GET, "/v1/agent/service/\(RegistryClient.pathPart(id))")
            return true
        } catch .refused(_, 404, _) {
            return false
        }
    }

    /// Registers an instance; again, it replaces what is there under its id and keeps the state of its check.
    func register(_ registration: Registration) async throws(DiscoveryFailure) {
        _ = try await ask(.PUT, "/v1/agent/service/register", body: RegistryClient.encoded(registration))
    }

    /// Removes an instance; one that is not there is removed already.
    func deregister(id: String) async throws(DiscoveryFailure) {
        do {
            _ = try await ask(.PUT, "/v1/agent/service/deregister/\(RegistryClient.pathPart(id))")
        } catch .refused(_, 404, _) {}
    }

    /// The control URLs of a service's instances, healthy or not: whoever asks finds out which of them leads.
    func controlURLs(of service: String) async throws(DiscoveryFailure) -> [String] {
        struct Entry: Decodable {
            var service: Service

            struct Service: Decodable {
                var meta: [String: String]?

                enum CodingKeys: String, CodingKey {
                    case meta = "Meta"
                }
            }

            enum CodingKeys: String, CodingKey {
                case service = "Service"
            }
        }
        let answer = try await ask(.GET, "/v1/health/service/\(RegistryClient.pathPart(service))")
        let entries: [Entry] = try client.decoded(answer)
        return entries.compactMap { $0.service.meta?[Self.controlKey] }
    }

    private func ask(
        _ method: HTTPMethod,
        _ path: String,
        body: Data? = nil
    ) async throws(DiscoveryFailure) -> Data {
        do throws(DiscoveryFailure) {
            return try await client.request(method, path, headers: headers(), body: body)
        } catch .refused(let place, let status, let answer) where status == 401 || status == 403 {
            throw .denied(
                place: place,
                reason: answer.isEmpty ? "status \(status)" : answer,
                remedy:
                    "check the token in discovery.consul_token_file (or \(Self.tokenVariable)) and the rules of its policy, which needs "
                    + "service:write to make a node known, and service:read to look"
            )
        }
    }

    private func headers() throws(DiscoveryFailure) -> [(String, String)] {
        let token: String?
        if let tokenFile {
            do throws(SecurityFailure) {
                token = String(decoding: try tokenFile.read(), as: UTF8.self)
            } catch {
                throw .credentials("discovery.consul_token_file: \(error)")
            }
        } else {
            token = environmentToken
        }
        return token.map { [("X-Consul-Token", $0)] } ?? []
    }
}
