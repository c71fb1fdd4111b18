import WeirCore
import WeirWire

// Alerts: what closed windows and stuck workflows come to. Their state and their announcements are stored with what made them.
extension CoordinatorMachine {
    /// Stores what changed, and makes an intent of each announcement.
    mutating func announce(_ changes: AlertChanges, at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        guard !changes.isEmpty else { return }
        transaction.alerts.append(changes)
        for notice in changes.notices {
            let intent = Intent(announcing: notice, contract: contract, at: now)
            let status = notice.status
            transaction.intents.append(
                NewIntent(intent: intent, window: status.window, revision: status.revision)
            )
            intents.add(
                PendingIntent(
                    id: intent.id,
                    window: status.window,
                    revision: status.revision,
                    priority: intent.priority,
                    attempts: 0,
                    availableAt: now
                )
            )
            effects.append(
                .note(.alert(isFiring: notice.isFiring, severity: notice.rule?.severity, summary: notice.summary))
            )
        }
    }

    /// Once, at the start: the contract may have lost rules since.
    mutating func retireAlerts(at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        guard !hasRetiredAlerts else { return }
        hasRetiredAlerts = true
        announce(alerts.retire(at: now), at: now, &effects)
    }

    /// Asks workers for stuck workflows at the end of the newest window that ended before a moment, if it ended since the last question,
    /// or since the coordinator's first look. Windows need no data for it: that nothing comes any more is what these rules are for.
    mutating func askForStuckWorkflows(before bound: EventTime, at now: WallTime) {
        guard !epoch.placement.workers.isEmpty else { return }
        let layout = contract.windows.layout
        for rule in alerts.stuckRules where !queries.isAsked(by: rule.name) {
            let running = layout.window(rule.window, holding: bound)
            let previous = askedForStuck.updateValue(running.start, forKey: rule.name)
            guard let previous, previous < running.start else { continue }
            let window = layout.window(rule.window, holding: running.start.advanced(byMicroseconds: -1))
            queries.ask(
                .stuck(
                    before: running.start.advanced(byMicroseconds: -contract.workflows.stuckAfter.inMicroseconds),
                    limit: AlertLimits.stuckMax
                ),
                of: epoch.placement.workers,
                for: .alert(rule: rule.name, window),
                at: now
            )
        }
    }

    /// Takes in what workers answered to operators and rules.
    mutating func takeAnswers(_ answers: [WorkflowAnswer], at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        for answer in queries.take(answers, &effects) {
            guard let rule = alerts.stuckRules.first(where: { $0.name == answer.rule }) else { continue }
            announce(
                alerts.observe(stuck: answer.count, of: answer.window, by: rule, at: now),
                at: now,
                &effects
            )
        }
    }
}
