import Foundation

/// As whom a node is known to etcd: a name, and where the password is, which may change while the node runs.
struct EtcdUser: Sendable {
    /// The variable that has the password where no file is named.
    static let passwordVariable = "WEIR_DISCOVERY_ETCD_PASSWORD"

    let name: String
    private let passwordFile: SecretSource

    /// Nil where the configuration names no user.
    ///
    /// - Throws: when there is no password for the user, or it can't be read.
    init?(_ configuration: NodeConfiguration.Discovery) throws(DiscoveryFailure) {
        guard let name = configuration.etcdUser else { return nil }
        self.name = name
        passwordFile = SecretSource(configuration.etcdPasswordFile ?? "env:\(Self.passwordVariable)")
        if configuration.etcdPasswordFile == nil, !passwordFile.isThere() {
            throw .credentials(
                "discovery.etcd_username needs a password: name a file that holds it in discovery.etcd_password_file, or set "
                    + Self.passwordVariable
            )
        }
        _ = try password()
    }

    /// The password of now.
    func password() throws(DiscoveryFailure) -> String {
        do throws(SecurityFailure) {
            return String(decoding: try passwordFile.read(), as: UTF8.self)
        } catch {
            throw .credentials("discovery.etcd_password_file: \(error)")
        }
    }
}
