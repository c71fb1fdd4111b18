import NIOSSL
import NNG
import WeirTestSupport

extension Certificates {
    /// Credentials of a node or a client.
    func credentials(of name: String) throws -> TLSCredentials {
        TLSCredentials(
            authorities: try text("ca.pem"),
            certificate: try text("\(name).pem"),
            key: try text("\(name).key")
        )
    }
}

extension TLSCredentials {
    /// For a listener that shows them, and no others later.
    var serverContexts: TLSContexts {
        get throws {
            let context = try NIOSSLContext(configuration: try serverConfiguration())
            return TLSContexts { context }
        }
    }
}
