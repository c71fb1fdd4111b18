import WeirCore
import WeirWire

/// Something that is wrong in the cluster now: what, with whom, since when, and what an operator can do.
public struct ClusterProblem: Sendable, Hashable {
    /// What is wrong; in the order in which an operator should care.
    public enum Kind: String, Sendable, CaseIterable {
        case storeUnwritable = "store_unwritable"
        case journalUnwritable = "journal_unwritable"
        case noWorker = "no_worker"
        case noIngest = "no_ingest"
        case noExecutor = "no_executor"
        case workerLost = "worker_lost"
        case ingestLost = "ingest_lost"
        case executorLost = "executor_lost"
        case sinkFailing = "sink_failing"
        case alertFiring = "alert_firing"
        case linesRefused = "lines_refused"
        case sourceSilent = "source_silent"

        public var severity: AlertRule.Severity {
            switch self {
            case .storeUnwritable, .journalUnwritable, .noWorker, .noIngest, .noExecutor: .critical
            case .workerLost, .ingestLost, .executorLost, .sinkFailing, .alertFiring, .linesRefused: .warning
            case .sourceSilent: .info
            }
        }
    }

    public var kind: Kind
    /// A node, a rule, a reason of the quarantine.
    public var subject: String
    /// Wall clock; event time of alerts.
    public var since: WallTime?
    public var what: String
    /// What an operator can do.
    public var advice: String

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("kind", kind.rawValue)
            json.member("severity", kind.severity.rawValue)
            json.member("subject", subject)
            json.member("since", since?.description)
            json.member("what", what)
            json.member("advice", advice)
        }
    }
}
