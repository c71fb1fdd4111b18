/// What the command line says; nil where it says nothing. Values are checked by the loader like those of files.
public struct ConfigurationOverrides: Sendable, Hashable {
    /// A command that runs one role, whose flags are called `--listen` and `--join`.
    public enum Role: Sendable, Hashable {
        case coordinator
        case ingest
        case worker
        case executor
    }

    /// Nil for `weir up`.
    public var role: Role?
    /// `--data`
    public var dataDirectory: String?
    /// `--workers`
    public var workers: Int?
    /// `--shards`
    public var shards: Int?
    /// `--ingest`
    public var ingestURL: String?
    /// `--control`
    public var controlURL: String?
    /// `--intents`
    public var intentsURL: String?
    /// `--listen` of a worker.
    public var dataURL: String?
    /// `--advertise` of a worker.
    public var advertisedURL: String?
    /// `--tls-ca`
    public var tlsAuthority: String?
    /// `--tls-certificate`
    public var tlsCertificate: String?
    /// `--tls-key`
    public var tlsKey: String?
    /// `--tls-peer-name`
    public var tlsPeerName: String?
    /// `--secret-file`
    public var secretFile: String?
    /// `--role-secret`
    public var roleSecrets: [RoleSecretOption] = []
    /// `--audit-log`
    public var auditLog: String?
    /// `--http`: `HOST:PORT` or `off`.
    public var http: String?
    /// `--token-file`
    public var tokenFile: String?
    /// `--token`
    public var tokens: [HTTPToken] = []
    /// `--log-level`
    public var logLevel: String?
    /// `--log-format`
    public var logFormat: String?
    /// `--trace-file`
    public var traceFile: String?
    /// `--trace-ratio`
    public var traceRatio: String?
    /// `--window-size-ms`
    public var windowSizeMilliseconds: Int?
    /// `--max-lateness`: a duration with its unit, or `unlimited`.
    public var maxLateness: String?
    /// `--dedup-horizon`: likewise.
    public var dedupHorizon: String?

    public init() {}

    /// A flag that was given.
    struct Assignment {
        var flag: String
        var setting: Setting.Name
        var text: String
    }

    var assignments: [Assignment] {
        let tokenList = tokens.isEmpty ? nil : tokens.map(\.description).joined(separator: ",")
        let all: [(String, ConfigurationFile, String, String?)] = [
            ("--data", .node, "node.data", dataDirectory),
            ("--workers", .node, "node.workers", workers.map(String.init)),
            ("--shards", .node, "node.shards", shards.map(String.init)),
            (role == nil ? "--ingest" : "--listen", .node, "node.ingest_url", ingestURL),
            (
                role == nil ? "--control" : role == .coordinator ? "--listen" : "--join", .node, "node.control_url",
                controlURL
            ),
            (role == nil ? "--intents" : "--listen", .node, "node.intents_url", intentsURL),
            ("--listen", .node, "node.data_url", dataURL),
            ("--advertise", .node, "node.advertised_url", advertisedURL),
            ("--tls-ca", .node, "security.tls_ca", tlsAuthority),
            ("--tls-certificate", .node, "security.tls_certificate", tlsCertificate),
            ("--tls-key", .node, "security.tls_key", tlsKey),
            ("--tls-peer-name", .node, "security.tls_peer_name", tlsPeerName),
            ("--secret-file", .node, "security.secret_file", secretFile),
            ("--audit-log", .node, "security.audit_log", auditLog),
            ("--http", .node, "http.listen", http),
            ("--token-file", .node, "http.token_file", tokenFile),
            ("--token", .node, "http.tokens", tokenList),
            ("--log-level", .node, "log.level", logLevel),
            ("--log-format", .node, "log.format", logFormat),
            ("--trace-file", .node, "tracing.file", traceFile),
            ("--trace-ratio", .node, "tracing.ratio", traceRatio),
            ("--window-size-ms", .streaming, "window_size_ms", windowSizeMilliseconds.map(String.init)),
            ("--max-lateness", .streaming, "max_lateness", maxLateness),
            ("--dedup-horizon", .streaming, "dedup_horizon", dedupHorizon),
        ]
        let given = all.compactMap { flag, file, path, text in
            text.map { Assignment(flag: flag, setting: Setting.Name(file: file, path: path), text: $0) }
        }
        return given
            + roleSecrets.map {
                Assignment(
                    flag: "--role-secret",
                    setting: Setting.Name(file: .node, path: "security.role_secrets.\($0.role)"),
                    text: $0.source
                )
            }
    }
}
