import WeirCore
import WeirWire

// What is wrong now, in words for who never saw this before.
extension CoordinatorMachine {
    /// Problems in a status; what is beyond is of the least concern.
    private static let problemsMax = 100

    /// The shell has failed to store a transaction; nil when one is stored again.
    public mutating func noteStoreFailure(_ reason: String?, at now: WallTime) {
        troubles.storeFailure = reason.map { ($0, troubles.storeFailure?.since ?? now) }
    }

    /// Takes over what an earlier machine of this process remembers, which it was made in place of.
    public mutating func remember(_ earlier: CoordinatorMachine) { troubles = earlier.troubles }

    /// Most urgent first.
    public func problems(at now: WallTime) -> [ClusterProblem] {
        var all = storage + missing(at: now) + lost(at: now) + sinks
        all += alerts.firing.map(problem)
        all += refusals(at: now) + silentSources(at: now)
        let order = Dictionary(uniqueKeysWithValues: ClusterProblem.Kind.allCases.enumerated().map { ($1, $0) })
        return Array(
            all.sorted { (order[$0.kind]!, $0.subject) < (order[$1.kind]!, $1.subject) }.prefix(Self.problemsMax)
        )
    }

    private var storage: [ClusterProblem] {
        var found: [ClusterProblem] = []
        if let (reason, since) = troubles.storeFailure {
            found.append(
                ClusterProblem(
                    kind: .storeUnwritable,
                    subject: "coordinator",
                    since: since,
                    what:
                        "the coordinator can't write its store, so nothing is committed and no window closes: \(reason)",
                    advice:
                        "make room on the disk of its data directory; it goes on by itself. Nothing acknowledged is lost meanwhile"
                )
            )
        }
        for (name, ingest) in ingests {
            guard let trouble = ingest.report.trouble else { continue }
            found.append(
                ClusterProblem(
                    kind: .journalUnwritable,
                    subject: name.text,
                    since: nil,
                    what: "\(name) can't write its journal and asks producers to send again: \(trouble)",
                    advice:
                        "make room on the disk of its data directory; it goes on by itself. Producers may use another ingest"
                )
            )
        }
        return found
    }

    private func missing(at now: WallTime) -> [ClusterProblem] {
        // Nodes need a moment to report to a coordinator that has just started.
        guard now.microseconds - startedAt.microseconds > limits.nodeTimeout.inMicroseconds else { return [] }
        var found: [ClusterProblem] = []
        if workers.isEmpty {
            found.append(
                ClusterProblem(
                    kind: .noWorker,
                    subject: "workers",
                    since: nil,
                    what: "no worker is there: nothing is counted, and producers are held back",
                    advice: "start one: weir worker --join …"
                )
            )
        }
        if ingests.isEmpty {
            found.append(
                ClusterProblem(
                    kind: .noIngest,
                    subject: "ingests",
                    since: nil,
                    what: "no ingest is there: no events are taken",
                    advice: "start one: weir ingest --join …"
                )
            )
        }
        if executors.isEmpty {
            found.append(
                ClusterProblem(
                    kind: .noExecutor,
                    subject: "executors",
                    since: nil,
                    what:
                        "no executor is there: windows close, and nothing is published (\(intents.count) intents pending)",
                    advice: "start one: weir executor --join …"
                )
            )
        }
        return found
    }

    private func lost(at now: WallTime) -> [ClusterProblem] {
        troubles.lost.compactMap { name, lost in
            guard now.microseconds - lost.at.microseconds < Troubles.lostFor else { return nil }
            switch lost.role {
            case .worker:
                return ClusterProblem(
                    kind: .workerLost,
                    subject: name.text,
                    since: lost.at,
                    what:
                        "\(name) died or can't be reached; the other workers own its shards and go on from its last commit",
                    advice: "see its log, then start it again with the same name; nothing is lost"
                )
            case .ingest:
                return ClusterProblem(
                    kind: .ingestLost,
                    subject: name.text,
                    since: lost.at,
                    what:
                        "\(name) died or can't be reached; its producers have no answer, and what its journal holds waits there",
                    advice:
                        "see its log, then start it again on its data directory; if that is gone for good: weirctl forget \(name)"
                )
            case .executor:
                return ClusterProblem(
                    kind: .executorLost,
                    subject: name.text,
                    since: lost.at,
                    what: "\(name) died or can't be reached; others carry out what it had leased",
                    advice: "see its log, then start it again"
                )
            }
        }
    }

    private var sinks: [ClusterProblem] {
        troubles.sinkFailures.map { executor, failure in
            ClusterProblem(
                kind: .sinkFailing,
                subject: executor.text,
                since: failure.since,
                what: "\(executor) can't publish, \(failure.attempts) attempts failed"
                    + (failure.wasGivenUp ? " and intents were given up: " : ": ") + failure.error,
                advice: failure.wasGivenUp
                    ? "bring the sink back, then: weirctl intents retry --all-failed"
                    : "bring the sink back; pending intents follow by themselves (weirctl intents)"
            )
        }
    }

    private func problem(_ alert: AlertStatus) -> ClusterProblem {
        let value = "\(Self.rounded(alert.value))"
        let past = alert.baseline.map { ", \(Self.rounded($0)) before" } ?? ""
        return ClusterProblem(
            kind: .alertFiring,
            subject: alert.key.rule + (alert.key.group.map { "/\($0)" } ?? ""),
            since: alert.since,
            what: "the alert \(alert.key.rule) fires" + (alert.key.group.map { " for \($0)" } ?? "")
                + ": \(value)\(past), in the \(alert.window.type.name) window of \(alert.window.start)",
            advice:
                "weirctl alerts, then weirctl windows --type \(alert.window.type.name) --json for the figures behind it"
        )
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    private func refusals(at now: WallTime) -> [ClusterProblem] {
        troubles.refusals.compactMap { reason, refused in
            guard now.microseconds - refused.last.microseconds < Troubles.refusedFor else { return nil }
            return ClusterProblem(
                kind: .linesRefused,
                subject: reason.rawValue,
                since: refused.since,
                what: (refused.lines == 1 ? "1 line" : "\(refused.lines) lines")
                    + " could not be counted and went to quarantine (\(reason.rawValue))",
                advice:
                    "weirctl quarantine list --reason \(reason.rawValue) shows them, what is wrong with each, and by which ingest it came"
            )
        }
    }

    private func silentSources(at now: WallTime) -> [ClusterProblem] {
        ingests.keys.compactMap { name in
            let source = source(name)
            guard source.isIdle, let newest = source.newest else { return nil }
            return ClusterProblem(
                kind: .sourceSilent,
                subject: name.text,
                since: nil,
                what: "no event comes by \(name); the newest one there is of \(newest). It does not hold windows back",
                advice:
                    "if it should not be silent, see to its producers; what they send when they are back may be late"
            )
        }
    }
}
