import Foundation
import NIOSSL
import WeirCore
import WeirNode

/// What the node's own configuration says about it: its contract, and how to reach it when its lines are protected.
struct ClusterAccess: Sendable {
    let contract: Contract
    let security: TransportSecurity
    /// The header that HTTP requests carry; nil for none.
    let authorization: String?
    /// For HTTPS: the authorities of the nodes' own lines, or those of the system.
    let tls: NIOSSLContext

    /// - Throws: files that can't be read.
    init(_ configuration: Configuration) throws {
        contract = configuration.contract
        security = try TransportSecurity(configuration.node.security, as: .person)
        authorization = try SendersToken(configuration.node.http)?.authorization
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.applicationProtocols = ["http/1.1"]
        if let authorities = security.tls.authorities {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorities.utf8)))
        }
        self.tls = try NIOSSLContext(configuration: tls)
    }
}
