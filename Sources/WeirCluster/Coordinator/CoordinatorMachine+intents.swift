import WeirCore
import WeirWire

// Intents: leased to executors, taken back, given up, tried again.
extension CoordinatorMachine {
    /// Leases intents to an executor. One that started again has nothing of what its earlier life had leased.
    mutating func lease(
        to executor: NodeName,
        _ incarnation: Incarnation,
        max: Int,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        if let known = executors[executor], known.incarnation != incarnation {
            guard known.incarnation < incarnation else {
                effects.append(
                    .reply(id, .refused("\(executor): a newer process with this name has joined; stop one of the two"))
                )
                return
            }
            intents.free(leasedTo: executor)
        }
        // One with nothing in hand, which asks for all that it can carry out, never got the answer with its earlier leases.
        if max >= ExecutorMachine.concurrencyMax { intents.free(leasedTo: executor) }
        troubles.find(executor)
        executors[executor] = Executor(incarnation: incarnation, lastSeen: now)
        // A request that came twice is answered once with what there is.
        for (index, waiting) in waitingLeases.enumerated().reversed() where waiting.executor == executor {
            effects.append(.replyLease(waiting.request, []))
            waitingLeases.remove(at: index)
        }
        let waiting = WaitingLease(executor: executor, request: id, max: max, since: now)
        let leased = take(waiting, at: now)
        // One that carries something out has to report it, and asks for more when it has.
        if leased.isEmpty, max >= ExecutorMachine.concurrencyMax, waitingLeases.count < limits.leasesWaitingMax {
            waitingLeases.append(waiting)
        } else {
            effects.append(.replyLease(id, leased))
        }
    }

    private mutating func take(_ waiting: WaitingLease, at now: WallTime) -> [(id: UUID128, attempt: Int)] {
        let until = now.advanced(byMicroseconds: limits.leaseDuration.inMicroseconds)
        return intents.lease(to: waiting.executor, max: min(waiting.max, limits.leaseMax), until: until, at: now)
    }

    /// Answers executors for which there are intents now, or that have waited for long enough. O(waiting × intents).
    mutating func answerLeases(at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        var waitOn: [WaitingLease] = []
        for waiting in waitingLeases {
            let leased = take(waiting, at: now)
            let waited = now.microseconds - waiting.since.microseconds
            if leased.isEmpty, waited < limits.leasePatience.inMicroseconds {
                waitOn.append(waiting)
            } else {
                effects.append(.replyLease(waiting.request, leased))
            }
        }
        waitingLeases = waitOn
    }

    mutating func take(
        _ results: [IntentResult],
        of executor: NodeName,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        executors[executor]?.lastSeen = now
        for result in results {
            guard let outcome = intents.finish(result.intentID, success: result.success, at: now) else { continue }
            let intent: PendingIntent
            let state: IntentState
            switch outcome {
            case .completed(let done):
                (intent, state) = (done, .completed)
                troubles.succeed(executor)
                if done.wasDeadLettered { redeem(done, at: now) }
            case .retried(let again):
                (intent, state) = (again, .pending)
                troubles.fail(executor, result.errorMessage ?? "", wasGivenUp: false, at: now)
                effects.append(
                    .note(
                        .intentRetried(
                            again.id,
                            correlation: result.correlationID,
                            attempts: again.attempts,
                            reason: result.errorMessage ?? ""
                        )
                    )
                )
            case .deadLettered(let dead):
                (intent, state) = (dead, .failed)
                troubles.fail(executor, result.errorMessage ?? "", wasGivenUp: true, at: now)
                effects.append(
                    .note(
                        .intentDeadLettered(
                            dead.id,
                            correlation: result.correlationID,
                            reason: result.errorMessage ?? ""
                        )
                    )
                )
                deadLetter(dead, at: now)
            }
            transaction.intentChanges.append(
                IntentChange(
                    id: intent.id,
                    state: state,
                    attempts: intent.attempts,
                    availableAt: intent.availableAt
                )
            )
            transaction.results.append(
                ExecutionReport(executor: executor, attempt: intent.attempts, result: result)
            )
        }
        advanceFlush(at: now, &effects)
    }

    /// The window of a dead-lettered intent has failed, unless late data has opened it again.
    private mutating func deadLetter(_ intent: PendingIntent, at now: WallTime) {
        change(intent, from: .completed, .intentDeadLettered, at: now)
    }

    /// The window of a dead letter that was carried out after all is completed, unless late data has opened it again.
    private mutating func redeem(_ intent: PendingIntent, at now: WallTime) {
        change(intent, from: .failed, .intentExecuted, at: now)
    }

    /// Moves the closed window that an intent was made for. The store leaves a window alone that is at a later revision.
    private mutating func change(
        _ intent: PendingIntent,
        from state: WindowStateMachine.State,
        _ cause: WindowStateMachine.Cause,
        at now: WallTime
    ) {
        // An alert that can't be announced says nothing about the window that made it.
        let recordIntent = IntentIDs(contract: contract, window: intent.window, revision: intent.revision).intent
        guard open[intent.window] == nil, intent.id == recordIntent else { return }
        var machine = WindowStateMachine(state: state, revision: intent.revision)
        guard let transition = machine.apply(cause, at: now) else { return }
        record(transition, of: intent.window)
        transaction.windows.append(
            WindowRow(window: intent.window, state: machine.state, revision: intent.revision)
        )
    }

    /// Makes intents pending again that were given up, or are to be carried out once more; with fresh attempts.
    mutating func retry(
        _ deadLetters: [PendingIntent],
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        var retried = 0
        for var intent in deadLetters where !intents.contains(intent.id) {
            intent.attempts = 0
            intent.availableAt = now
            intents.add(intent)
            transaction.intentChanges.append(
                IntentChange(id: intent.id, state: .pending, attempts: 0, availableAt: now)
            )
            retried += 1
        }
        if retried > 0 { effects.append(.note(.intentsPendingAgain(retried))) }
        var json = JSONWriter()
        json.object { json in json.member("retried", retried) }
        effects.append(.reply(id, .json(json.bytes)))
    }
}
