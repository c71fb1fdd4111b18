import Dispatch
import WeirCore
import WeirLoad
import WeirNode

/// Compares what a run sent with what the cluster's windows say.
struct Verifier: Sendable {
    let mode: Verification.Mode
    let cluster: Cluster
    let contract: Contract

    /// What the cluster held before the run.
    struct Baseline: Sendable {
        var status: Cluster.Status

        var isFresh: Bool { status.events.accepted == 0 && status.events.counted == 0 }
        /// Windows that start later had no event before the run.
        var watermark: EventTime? { status.watermark.flatMap { EventTime($0) } }
    }

    func baseline() async throws(RunFailure) -> Baseline {
        do throws(AdminFailure) {
            return Baseline(status: try await cluster.status())
        } catch {
            throw .cluster(error.description)
        }
    }

    /// Closes all windows and compares.
    func verify(_ outcome: LoadRun.Outcome, of plan: LoadPlan, since baseline: Baseline) async -> Verification {
        var verification = Verification(mode: mode, outcome: .unknown)
        verification.eventsSent = outcome.observer.tally.events
        guard outcome.isWhole else {
            verification.notes.append(
                outcome.wasInterrupted
                    ? "the run was interrupted before its end"
                    : "not all that was planned was acknowledged, so what the windows should hold is not known"
            )
            return verification
        }
        do throws(AdminFailure) {
            try await cluster.flush()
            let status = try await cluster.status()
            verification.eventsCounted = status.events.counted - baseline.status.events.counted
            switch mode {
            case .none: break
            case .counts: try await compareCounts(outcome, baseline, &verification)
            case .exact: try await compareRecords(outcome, plan, baseline, &verification)
            }
            compareTotals(outcome, status, baseline, &verification)
        } catch {
            verification.notes.append("the coordinator gave no answer: \(error)")
            return verification
        }
        let count = verification.differenceCount
        verification.outcome = count > 0 ? .wrong : verification.windowsCompared == 0 ? .unknown : .correct
        if verification.windowsCompared == 0 { verification.notes.append("no window was there to compare") }
        return verification
    }

    // MARK: - Comparisons

    /// Streaming windows whose events are those of this run alone.
    private func isOwn(_ start: EventTime, _ baseline: Baseline) -> Bool {
        baseline.isFresh || baseline.watermark.map { start > $0 } ?? true
    }

    private func compareCounts(
        _ outcome: LoadRun.Outcome,
        _ baseline: Baseline,
        _ verification: inout Verification
    ) async throws(AdminFailure) {
        var check = WindowCheck(contract: contract)
        var tally = outcome.observer.tally
        tally.settle()
        let records = try await cluster.windows(.streaming, from: tally.panes.keys.min(), to: nil)
        for start in tally.panes.keys.sorted() where isOwn(start, baseline) {
            check.compare(records[start], with: tally.panes[start]!, of: Window(type: .streaming, start: start))
        }
        take(check, &verification)
    }

    private func compareRecords(
        _ outcome: LoadRun.Outcome,
        _ plan: LoadPlan,
        _ baseline: Baseline,
        _ verification: inout Verification
    ) async throws(AdminFailure) {
        let expected = expectedWindows(outcome, plan)
        var check = WindowCheck(contract: contract)
        for type in contract.windows.types where type == .streaming || baseline.isFresh {
            let windows = expected.windows(type).filter { isOwn($0.window.start, baseline) }
            var records = try await cluster.windows(type, from: windows.first?.window.start, to: nil)
            for (window, aggregate) in windows {
                check.compare(records.removeValue(forKey: window.start), with: aggregate, of: window)
            }
            if baseline.isFresh {
                for start in records.keys.sorted() { check.unexpected(Window(type: type, start: start)) }
            }
        }
        if !baseline.isFresh {
            verification.notes.append(
                "the cluster had events before: longer windows, and streaming ones that had begun, are not compared"
            )
        }
        take(check, &verification)
    }

    private func take(_ check: WindowCheck, _ verification: inout Verification) {
        verification.windowsCompared = check.compared
        verification.differenceCount += check.differences.count
        verification.differences += check.differences.prefix(Verification.differencesMax)
    }

    /// Lanes in threads of their own.
    private func expectedWindows(_ outcome: LoadRun.Outcome, _ plan: LoadPlan) -> ExpectedWindows {
        let parts = ExpectedParts(ExpectedWindows(contract: contract))
        DispatchQueue.concurrentPerform(iterations: plan.lanes) { lane in
            var part = ExpectedWindows(contract: contract)
            part.add(LoadLane(plan, origin: outcome.clock.origin, index: lane), batches: outcome.taken[lane])
            parts.merge(part)
        }
        return parts.whole
    }

    /// Lines by what became of them. A batch that was sent twice is counted once, and its second copy is duplicates and quarantined lines
    /// more.
    private func compareTotals(
        _ outcome: LoadRun.Outcome,
        _ status: Cluster.Status,
        _ baseline: Baseline,
        _ verification: inout Verification
    ) {
        let tally = outcome.observer.tally
        let before = baseline.status.events
        let hasRetries = outcome.statistics.totals.retries > 0
        func compare(_ name: String, _ found: Int, _ sent: Int, mayBeMore: Bool) {
            guard found < sent || (found > sent && !mayBeMore) else { return }
            verification.differenceCount += 1
            verification.differences.append("\(name): the cluster has \(found), sent \(sent)")
        }
        compare("events counted", status.events.counted - before.counted, tally.events, mayBeMore: false)
        compare("duplicates", status.events.duplicate - before.duplicate, tally.duplicates, mayBeMore: hasRetries)
        for reason in QuarantineReason.allCases {
            compare(
                "quarantined as \(reason.rawValue)",
                (status.events.quarantinedByReason[reason.rawValue] ?? 0)
                    - (before.quarantinedByReason[reason.rawValue] ?? 0),
                tally.refused[reason] ?? 0,
                mayBeMore: hasRetries
            )
        }
    }
}
