import WeirConnectors

/// What one process of Weir is told besides the contract: where it keeps data, where it listens, and its limits.
///
/// Read from `config/weir.yaml`; the defaults are those of `weir up`.
public struct NodeConfiguration: Sendable, Hashable {
    /// Directory of the journal and the store, created when missing; relative to the working directory.
    public var dataDirectory = "./weir-data"
    /// Workers in this process, 1…1,024; nil for one a core.
    public var workers: Int?
    /// Shards of the cluster, 1…65,536; fixed when the cluster is made.
    public var shards = 64
    /// nng URL at which producers send batches (REP).
    public var ingestURL = "tcp://127.0.0.1:7701"
    /// nng URL of the coordinator (REP).
    public var controlURL = "tcp://127.0.0.1:7700"
    /// nng URL at which carried-out intents are published (PUB).
    public var intentsURL = "tcp://127.0.0.1:7702"
    /// nng URL at which a worker in a process of its own takes parts of frames (REP).
    public var dataURL = "tcp://127.0.0.1:0"
    /// Where ingests reach such a worker; nil for ``dataURL``, with the port that was bound.
    public var advertisedURL: String?

    /// Wall clock: how long the coordinator may give no answer before a node that needs it is not ready, 1 s…1 h.
    public var coordinatorSilence = Duration.seconds(30)

    public var ingest = Ingest()
    public var worker = Worker()
    public var coordinator = Coordinator()
    public var executor = Executor()
    /// How Kafka is reached, by whatever role uses it.
    public var kafka = KafkaSettings()
    public var journal = Journal()
    public var security = Security()
    public var discovery = Discovery()
    public var watchdog = Watchdog()
    public var http = HTTP()
    public var log = Log()
    public var tracing = Tracing()

    public init() {}
}
