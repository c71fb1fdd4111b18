import WeirCore
import WeirWire

// Commits into windows, windows into intents.
extension CoordinatorMachine {
    mutating func take(
        _ commit: Commit,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        guard commit.epoch == epoch.epoch, let worker = workers[commit.worker],
            worker.presence.incarnation == commit.incarnation, epoch.placement.workers.contains(commit.worker)
        else {
            effects.append(.reply(id, .wrongEpoch(epoch.epoch)))
            if commit.epoch > max(epoch.epoch, latestEpochHeard) {
                latestEpochHeard = commit.epoch
                effects.append(.note(.storeWentBack(commit.worker, epoch: epoch.epoch, acknowledged: commit.epoch)))
                changeMembershipAtOnce(at: now)
            }
            return
        }
        workers[commit.worker]!.hear(at: now)
        parked.append((id, commit))
        applyParked(at: now, &effects)
    }

    /// Applies waiting commits in order, up to one whose windows have to be read from the store first.
    private mutating func applyParked(at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        var applied: [(request: RequestID, commit: Commit, isNew: Bool)] = []
        while !isLoading, let (id, commit) = parked.first {
            let number = progress[commit.worker]?.number ?? .none
            let isNew = commit.number > number && commit.epoch == epoch.epoch
            if isNew, commit.follows > number {
                // The store has lost what this commit builds on: only the journals still have it.
                parked.removeFirst()
                effects.append(.note(.storeLacksCommit(commit.worker, has: number, acknowledged: commit.follows)))
                effects.append(.reply(id, .wrongEpoch(epoch.epoch)))
                changeMembershipAtOnce(at: now)
                continue
            }
            if isNew {
                let missing = windowsToLoad(for: commit)
                if !missing.isEmpty {
                    isLoading = true
                    effects.append(.load(missing))
                    break
                }
                guard apply(commit, at: now, &effects) else {
                    parked.removeFirst()
                    effects.append(.reply(id, .wrongEpoch(epoch.epoch)))
                    continue
                }
            }
            parked.removeFirst()
            applied.append((id, commit, isNew))
        }
        // Receipts carry the watermark as these commits have moved it: it decides what is too late.
        if !isLoading { advance(at: now, &effects) }
        for (request, commit, isNew) in applied {
            let asksToPause = pausing?.workers.contains(commit.worker) ?? false
            if commit.isPaused, asksToPause { paused.insert(commit.worker) } else { paused.remove(commit.worker) }
            // Before its first inputs of an epoch a worker may hold back what it carried into it, decided by an older watermark.
            if isNew, !commit.inputs.isEmpty {
                told[commit.worker, default: ToldWatermarks()].answered(with: durableWatermark)
            }
            let receipt = CommitReceipt(
                number: commit.number,
                watermark: durableWatermark,
                queries: queries.take(for: commit.worker, placement: epoch.placement, at: now),
                asksToPause: asksToPause
            )
            effects.append(.reply(request, .committed(receipt)))
        }
    }

    mutating func takeLoaded(
        _ windows: [LoadedWindow],
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        isLoading = false
        if let (_, commit) = parked.first {
            for window in windowsToLoad(for: commit) {
                if let loaded = windows.first(where: { $0.window == window }) {
                    open[window] = OpenWindow(
                        aggregate: loaded.aggregate,
                        machine: WindowStateMachine(state: loaded.state, revision: loaded.revision)
                    )
                } else {
                    openNew(window, at: now)
                }
            }
        }
        applyParked(at: now, &effects)
    }

    /// Windows of the commit's panes that are neither held nor certainly new.
    private func windowsToLoad(for commit: Commit) -> [Window] {
        var missing: Set<Window> = []
        for pane in commit.panes {
            for type in WindowType.allCases {
                let window = contract.windows.layout.window(type, holding: pane.start)
                guard open[window] == nil, let latest = latestStarts[type], window.start <= latest else { continue }
                missing.insert(window)
            }
        }
        return missing.sorted()
    }

    private mutating func openNew(_ window: Window, at now: WallTime) {
        open[window] = OpenWindow(
            aggregate: WindowAggregate(limits: contract.aggregation),
            machine: WindowStateMachine()
        )
        latestStarts[window.type] = max(latestStarts[window.type] ?? window.start, window.start)
        transaction.windows.append(WindowRow(window: window, state: .pending, revision: 0))
        transaction.transitions.append(
            WindowTransition(
                window: window,
                transition: WindowStateMachine.Transition(from: nil, to: .pending, cause: .data, revision: 0, at: now)
            )
        )
    }

    /// Returns whether the commit could be read.
    private mutating func apply(_ commit: Commit, at now: WallTime, _ effects: inout [CoordinatorEffect]) -> Bool {
        var deltas: [(EventTime, WindowAggregate)] = []
        do throws(DecodingFailure) {
            for pane in commit.panes {
                deltas.append(
                    (pane.start, try WindowAggregate(decoding: pane.aggregate, limits: contract.aggregation))
                )
            }
        } catch {
            // The sender runs another contract or is broken. Its input stays uncommitted, and so is not lost.
            effects.append(.note(.commitRejected(commit.worker, reason: error.description)))
            workers[commit.worker] = nil
            changeMembershipAtOnce(at: now)
            return false
        }
        for (start, delta) in deltas { merge(delta, intoPane: start, at: now) }
        if !deltas.isEmpty {
            transaction.contributions.append(
                contribution(of: commit, panes: deltas.map { Contribution.Pane(start: $0, events: $1.eventCount) })
            )
        }
        var reached = progress[commit.worker] ?? WorkerProgress(number: .none, inputs: [:])
        let isNews = commit.isNews(after: reached.inputs)
        reached.number = commit.number
        for input in commit.inputs { reached.inputs[input.ingest] = input }
        progress[commit.worker] = reached
        takeAnswers(commit.answers, at: now, &effects)
        guard isNews else { return true }  // A heartbeat: nothing that a restart could not learn again.
        tally.add(commit.tally)
        troubles.refuse(commit.tally.quarantined, at: now)
        transaction.progress[commit.worker] = reached
        transaction.tally = tally
        transaction.quarantine += commit.quarantined
        return true
    }

    /// What a commit adds, with the input that it covers beyond what its worker had committed.
    private func contribution(of commit: Commit, panes: [Contribution.Pane]) -> Contribution {
        let reached = progress[commit.worker]?.inputs ?? [:]
        let inputs = commit.inputs.compactMap { input -> Contribution.Input? in
            let before = reached[input.ingest]?.position ?? began(commit.worker, input.ingest)
            guard input.position > before else { return nil }
            return Contribution.Input(ingest: input.ingest, first: before.next, last: input.position)
        }
        return Contribution(
            epoch: commit.epoch,
            worker: commit.worker,
            number: commit.number,
            inputs: inputs,
            panes: panes
        )
    }

    private mutating func merge(_ delta: WindowAggregate, intoPane start: EventTime, at now: WallTime) {
        for type in WindowType.allCases {
            let window = contract.windows.layout.window(type, holding: start)
            if open[window] == nil { openNew(window, at: now) }
            let began = stopwatch()
            open[window]!.aggregate.merge(delta)
            open[window]!.merging += stopwatch() - began
            if let transition = open[window]!.machine.apply(.lateData, at: now) {
                open[window]!.reopenedAt = now
                record(transition, of: window)
            }
            let machine = open[window]!.machine
            transaction.windows.append(
                WindowRow(
                    window: window,
                    state: machine.state,
                    revision: machine.revision,
                    aggregate: type == .streaming ? open[window]!.aggregate.encodedForMerging : nil
                )
            )
        }
    }

    mutating func record(_ transition: WindowStateMachine.Transition, of window: Window) {
        transaction.transitions.append(WindowTransition(window: window, transition: transition))
    }

    // MARK: - Closing

    /// Moves the watermark and closes what it has passed.
    mutating func advance(at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        let hasMoved = watermarks.update(sources, at: now)
        // While it moves with the clock alone it is stored now and then; a restart may set it back by so much.
        let isDue =
            watermarkStoredAt.map { now.microseconds - $0.microseconds >= limits.watermarkInterval.inMicroseconds }
            ?? true
        if hasMoved, !transaction.isEmpty || !open.isEmpty && isDue { transaction.watermark = watermark }
        if let watermark {
            let bound = watermark.advanced(byMicroseconds: -contract.windows.lateArrivalTolerance.inMicroseconds)
            let quietSince = now.advanced(byMicroseconds: -contract.windows.revisionDelay.inMicroseconds)
            let due = open.filter { window, state in
                contract.windows.layout.end(of: window) <= bound
                    && (state.reopenedAt.map { $0 <= quietSince } ?? true)
            }
            close(due.keys.sorted(), cause: .watermark, at: now, &effects)
            askForStuckWorkflows(before: bound, at: now)
        }
        advanceFlush(at: now, &effects)
    }

    /// Closes windows: their record becomes an intent, stored with the window in one transaction.
    mutating func close(
        _ windows: [Window],
        cause: WindowStateMachine.Cause,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        for window in windows {
            guard var state = open.removeValue(forKey: window) else { continue }
            if let closing = state.machine.apply(cause, at: now) { record(closing, of: window) }
            let revision = state.machine.revision
            var row = WindowRow(window: window, state: .completed, revision: revision)
            if window.type != .streaming { row.aggregate = state.aggregate.encodedForMerging }
            if contract.windows.types.contains(window.type) {
                let began = stopwatch()
                let windowRecord = WindowRecord(
                    window: window,
                    layout: contract.windows.layout,
                    revision: revision,
                    aggregate: state.aggregate
                )
                let intent = Intent(
                    publishing: windowRecord,
                    contract: contract,
                    at: now,
                    aggregationDuration: state.merging + (stopwatch() - began)
                )
                row.record = intent.targetEventPayload
                row.intentID = intent.id
                transaction.intents.append(NewIntent(intent: intent, window: window, revision: revision))
                intents.add(
                    PendingIntent(
                        id: intent.id,
                        window: window,
                        revision: revision,
                        priority: intent.priority,
                        attempts: 0,
                        availableAt: now
                    )
                )
            }
            if let stored = state.machine.apply(.intentStored, at: now) { record(stored, of: window) }
            transaction.windows.append(row)
            announce(alerts.observe(window, revision: revision, state.aggregate, at: now), at: now, &effects)
            effects.append(.note(.windowClosed(window, revision: revision, events: state.aggregate.eventCount)))
            if window.type == .hourly { dropOldPanes() }
        }
        if !windows.isEmpty { transaction.watermark = watermark }
    }

    /// Panes whose events would be too late by now, for every worker, are kept in their hours alone, and hours in their days.
    private mutating func dropOldPanes() {
        guard let lateness = contract.windows.maxLateness.microseconds else { return }
        let known = epoch.placement.workers.map { told[$0]?.beforeLast }
        guard let least = known.compactMap({ $0 }).min(), !known.contains(nil) else { return }
        func bound(_ retention: Duration, _ outer: WindowType) -> EventTime {
            let length = contract.windows.layout.length(of: outer)
            return least.advanced(byMicroseconds: -(lateness + retention.inMicroseconds + length))
        }
        transaction.dropPanesBefore = bound(limits.paneRetention, .hourly)
        transaction.dropHoursBefore = bound(max(limits.hourRetention, limits.paneRetention), .daily)
    }
}
