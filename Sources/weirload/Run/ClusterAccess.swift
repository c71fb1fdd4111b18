import Foundation
import WeirCore
import WeirNode

/// What the node's own configuration says about it: its contract, and how to reach it when its lines are protected.
struct ClusterAccess: Sendable {
    let contract: Contract
    let security: TransportSecurity
    /// That HTTP requests carry; nil for none.
    let bearerToken: String?

    /// - Throws: files that can't be read.
    init(_ configuration: Configuration) throws {
        contract = configuration.contract
        security = try TransportSecurity(configuration.node.security, as: .person)
        bearerToken = try configuration.node.http.tokenFile.map { path in
            try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
