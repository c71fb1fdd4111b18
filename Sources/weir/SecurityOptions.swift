import ArgumentParser
import WeirNode

/// Flags of what protects a node's lines.
struct SecurityOptions: ParsableArguments {
    @Option(
        name: .customLong("tls-ca"),
        help: ArgumentHelp(
            "Certificates (PEM) that peers on tls+tcp URLs are verified with; clients without one are refused.",
            valueName: "file"
        )
    )
    var authority: String?

    @Option(
        name: .customLong("tls-certificate"),
        help: ArgumentHelp(
            "The node's certificate (PEM), for tls+tcp URLs; the three files are read again when they change.",
            valueName: "file"
        )
    )
    var certificate: String?

    @Option(
        name: .customLong("tls-key"),
        help: ArgumentHelp("The key of the certificate (PEM).", valueName: "file")
    )
    var key: String?

    @Option(
        name: .customLong("tls-peer-name"),
        help: ArgumentHelp(
            "The name that peers' certificates must have. Default: the host of the URL",
            valueName: "name"
        )
    )
    var peerName: String?

    @Option(
        name: .customLong("secret-file"),
        help: ArgumentHelp(
            "The cluster secret, the same on all nodes: who does not know it can't take part. Default: none",
            valueName: "file"
        )
    )
    var secretFile: String?

    @Option(
        name: .customLong("role-secret"),
        help: ArgumentHelp(
            "The secret of a role, given once a role: this node's own, and those of who speaks to it (see security.role_secrets). Default: none",
            valueName: "role=file"
        )
    )
    var roleSecrets: [RoleSecretOption] = []

    @Option(
        name: .customLong("audit-log"),
        help: ArgumentHelp("Append what operators do there, one JSON object a line. Default: none", valueName: "file")
    )
    var auditLog: String?

    func set(_ overrides: inout ConfigurationOverrides) {
        overrides.tlsAuthority = authority
        overrides.tlsCertificate = certificate
        overrides.tlsKey = key
        overrides.tlsPeerName = peerName
        overrides.secretFile = secretFile
        overrides.roleSecrets = roleSecrets
        overrides.auditLog = auditLog
    }
}

extension RoleSecretOption: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension HTTPToken: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
