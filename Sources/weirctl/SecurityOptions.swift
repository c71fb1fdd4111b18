import ArgumentParser
import Foundation
import WeirNode
import WeirWire

/// Flags of what protects the lines to a cluster; without a flag the variable of the node's setting counts.
struct SecurityOptions: ParsableArguments {
    @Option(
        name: .customLong("tls-ca"),
        help: ArgumentHelp(
            "Certificates (PEM) that a tls+tcp server is verified with (WEIR_SECURITY_TLS_CA).",
            valueName: "file"
        )
    )
    var authority: String?

    @Option(
        name: .customLong("tls-certificate"),
        help: ArgumentHelp("Certificate (PEM) to show (WEIR_SECURITY_TLS_CERTIFICATE).", valueName: "file")
    )
    var certificate: String?

    @Option(
        name: .customLong("tls-key"),
        help: ArgumentHelp("The key of the certificate (WEIR_SECURITY_TLS_KEY).", valueName: "file")
    )
    var key: String?

    @Option(
        name: .customLong("tls-peer-name"),
        help: ArgumentHelp(
            "The name that the server's certificate must have, if not the URL's host (WEIR_SECURITY_TLS_PEER_NAME).",
            valueName: "name"
        )
    )
    var peerName: String?

    @Option(
        name: .customLong("secret-file"),
        help: ArgumentHelp("The cluster secret, if the nodes have one (WEIR_SECURITY_SECRET_FILE).", valueName: "file")
    )
    var secretFile: String?

    @Option(
        name: .customLong("role-secret"),
        help: ArgumentHelp(
            "The secret of the role viewer, operator or admin, if roles have secrets (WEIR_SECURITY_ROLE_SECRETS_OPERATOR, …). May be given once a role.",
            valueName: "role=file"
        )
    )
    var roleSecrets: [RoleSecretOption] = []

    func security() throws(SecurityFailure) -> TransportSecurity {
        var configuration = NodeConfiguration.Security()
        configuration.tlsAuthority = authority ?? Self.variable("SECURITY_TLS_CA")
        configuration.tlsCertificate = certificate ?? Self.variable("SECURITY_TLS_CERTIFICATE")
        configuration.tlsKey = key ?? Self.variable("SECURITY_TLS_KEY")
        configuration.tlsPeerName = peerName ?? Self.variable("SECURITY_TLS_PEER_NAME")
        configuration.secretFile = secretFile ?? Self.variable("SECURITY_SECRET_FILE")
        for role in PeerRole.people {
            configuration.roleSecrets[role] = Self.variable("SECURITY_ROLE_SECRETS_\(role.name.uppercased())")
        }
        for given in roleSecrets { configuration.roleSecrets[given.role] = given.source }
        return try TransportSecurity(configuration, as: .person)
    }

    /// How registries are reached that know the coordinators: as the variables of the nodes' settings say.
    func discovery() -> NodeConfiguration.Discovery {
        var configuration = NodeConfiguration.Discovery()
        configuration.consulTokenFile = Self.variable("DISCOVERY_CONSUL_TOKEN_FILE")
        configuration.etcdUser = Self.variable("DISCOVERY_ETCD_USERNAME")
        configuration.etcdPasswordFile = Self.variable("DISCOVERY_ETCD_PASSWORD_FILE")
        configuration.tlsAuthority = Self.variable("DISCOVERY_TLS_CA")
        configuration.tlsCertificate = Self.variable("DISCOVERY_TLS_CERTIFICATE")
        configuration.tlsKey = Self.variable("DISCOVERY_TLS_KEY")
        return configuration
    }

    private static func variable(_ name: String) -> String? {
        let text = ProcessInfo.processInfo.environment["WEIR_\(name)"] ?? ""
        return ["", "none", "auto"].contains(text) ? nil : text
    }
}

extension RoleSecretOption: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
