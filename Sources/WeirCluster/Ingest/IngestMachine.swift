import WeirCore
import WeirWire

/// The logic of an ingest: batches become frames in a journal; frames go to workers, in order, until they are applied.
///
/// Nothing leaves for a worker before it is on disk, and nothing is acknowledged before that: so a position that a worker commits
/// always exists in the journal.
public struct IngestMachine: Sendable {
    public let name: NodeName
    public let incarnation: Incarnation
    let contract: Contract
    let limits: IngestLimits

    // MARK: Journal

    /// The last frame handed to the journal, and the last on disk.
    private(set) var appended: FrameSequence
    private(set) var synced: FrameSequence
    /// Newest event time over all frames appended, and over those on disk.
    private(set) var newest: EventTime?
    private(set) var syncedNewest: EventTime?
    /// Of the log that it reads: over all frames appended, and over those on disk.
    private(set) var positions: CarriedPositions
    private(set) var syncedPositions: CarriedPositions
    /// Appended and not yet on disk, ascending.
    private var unsynced: [Unsynced] = []
    private var unsyncedHead = 0
    private(set) var bytesUnsynced = 0
    /// Batches of one source that are about to become a frame.
    private var gathered = GatheredBatches()
    var recent: RecentFrames

    private struct Unsynced {
        var entry: RecentFrames.Entry
        var newestBefore: EventTime?
        var positionsBefore: CarriedPositions
        var positionsAfter: CarriedPositions
        var placement: UInt64
        var answers: [Answer]

        /// What a producer is told when the frame is on disk.
        struct Answer {
            var request: RequestID
            var accepted: Int
            var quarantined: Int
        }
    }

    // MARK: Cluster

    private(set) var view: ClusterView?
    private(set) var placements = KnownPlacements()
    var streams: [NodeName: WorkerStream] = [:]
    private var sealedFlush: UInt64?
    /// Batches that wait for slow workers or a first view.
    private var waiting: [IngestBatch] = []
    private var waitingBytes = 0
    private var acceptedLines = 0
    private var lastEventAt: WallTime
    private var lastReportAt: WallTime?
    private var isReportUnanswered = false
    private var lastTrim = FrameSequence.none

    /// - Parameters:
    ///   - journal: the last sequence of the recovered journal, and the newest event time in it.
    ///   - positions: what the recovered journal has of the log that the ingest reads; nil when it reads none.
    public init(
        name: NodeName,
        incarnation: Incarnation,
        contract: Contract,
        limits: IngestLimits,
        journal: (last: FrameSequence, newest: EventTime?),
        positions: LogPositions? = nil,
        at now: WallTime
    ) {
        self.name = name
        self.incarnation = incarnation
        self.contract = contract
        self.limits = limits
        appended = journal.last
        synced = journal.last
        newest = journal.newest
        syncedNewest = journal.newest
        self.positions = CarriedPositions(positions)
        syncedPositions = self.positions
        recent = RecentFrames(bytesMax: limits.recentBytes)
        lastEventAt = now
    }

    public mutating func receive(_ input: IngestInput, at now: WallTime) -> [IngestEffect] {
        var effects: [IngestEffect] = []
        switch input {
        case .batch(let batch):
            admit(batch, at: now, &effects)
        case .synced(let sequence):
            markSynced(sequence, &effects)
            cutFrameIfDue(at: now, &effects)
            deliverAll(at: now, &effects)
        case .appendFailed(let from, let reason):
            markFailed(from: from, reason: reason, &effects)
        case .delivered(let worker, let epoch, let reply):
            handle(reply, from: worker, epoch: epoch, at: now, &effects)
            admitWaiting(at: now, &effects)
        case .deliveryFailed(let worker, let epoch), .journalUnreadable(let worker, let epoch):
            guard epoch == view?.epoch else { break }
            streams[worker]?.failed(at: now)
        case .journal(let worker, let epoch, let frames):
            handle(frames, for: worker, epoch: epoch, at: now, &effects)
        case .view(let new):
            adopt(new, at: now, &effects)
            admitWaiting(at: now, &effects)
        case .tick:
            tick(at: now, &effects)
        }
        return effects
    }

    /// Lines acknowledged since the start.
    public var accepted: Int { acceptedLines }
    public var waitingCount: Int { waiting.count }
    public var lastSynced: FrameSequence { synced }

    /// Whether every frame is on disk and committed.
    public var isCommitted: Bool {
        guard let view else { return appended == .none }
        return !isGathering && appended == synced && view.committed >= synced
    }

    /// Whether the coordinator has answered, and whether there are workers to take events to.
    public var hasView: Bool { view != nil }
    /// Whether an operator took it out of service.
    public var isDrained: Bool { view?.isDrained == true }
    public var hasWorkers: Bool { view.map { !$0.placement.workers.isEmpty } ?? false }

    // MARK: - Batches

    private mutating func admit(_ batch: IngestBatch, at now: WallTime, _ effects: inout [IngestEffect]) {
        if view?.isDrained == true {
            effects.append(.refuse(batch.request, reason: Self.drainedReason))
        } else if canAppend {
            gather(batch, at: now, &effects)
        } else if waiting.isEmpty
            || waiting.count < limits.waitingMax && waitingBytes + batch.bytes <= limits.waitingBytesMax
        {
            waiting.append(batch)
            waitingBytes += batch.bytes
        } else {
            effects.append(
                .refuse(
                    batch.request,
                    reason: "overloaded: \(waiting.count) requests wait for workers to catch up; send again later"
                )
            )
        }
    }

    private mutating func admitWaiting(at now: WallTime, _ effects: inout [IngestEffect]) {
        guard !waiting.isEmpty, canAppend else { return }
        var admitted = 0
        while admitted < waiting.count, canAppend {
            gather(waiting[admitted], at: now, &effects)
            waitingBytes -= waiting[admitted].bytes
            admitted += 1
        }
        waiting.removeFirst(admitted)
    }

    private static let drainedReason = "this ingest is drained; send to another one"

    /// There must be a placement to cut frames by, and the slowest worker must be near.
    private var canAppend: Bool {
        guard let view, !view.placement.workers.isEmpty else { return false }
        return recent.bytes + bytesUnsynced < limits.lagBytesMax && slowestLag < limits.lagBytesMax
    }

    private var slowestLag: Int { streams.values.reduce(0) { max($0, $1.lagBytes) } }

    private mutating func gather(_ batch: IngestBatch, at now: WallTime, _ effects: inout [IngestEffect]) {
        guard batch.lineCount > 0 else {
            effects.append(.acknowledge(batch.request, accepted: 0, quarantined: 0, sequence: synced))
            return
        }
        if let source = gathered.source, source != batch.source { cutFrame(at: now, &effects) }
        gathered.add(batch, at: now)
        cutFrameIfDue(at: now, &effects)
    }

    /// A frame is cut when it is full or has waited for its time, and at once while the disk has nothing to do: then waiting would
    /// gather nothing that the next sync does not gather anyway.
    private mutating func cutFrameIfDue(at now: WallTime, _ effects: inout [IngestEffect]) {
        guard let since = gathered.since else { return }
        let waited = now.microseconds - since.microseconds
        guard
            unsyncedHead == unsynced.count || gathered.lineCount >= contract.batches.size
                || waited >= contract.batches.wait.inMicroseconds
        else { return }
        cutFrame(at: now, &effects)
    }

    private mutating func cutFrame(at now: WallTime, _ effects: inout [IngestEffect]) {
        guard let view else { return }
        let batches = gathered.take()
        let newestBefore = newest
        if let last = batches.compactMap({ $0.columns.times.max() }).max() {
            newest = max(newest ?? last, last)
            lastEventAt = now
        }
        let positionsBefore = positions
        appended = appended.next
        let shard = ShardID(Int(appended.value % UInt64(view.placement.shards)))
        var whole = FramePart()
        for batch in batches {
            let refused = batch.quarantined.map { FramePart.RefusedLine(shard: shard, line: $0) }
            whole.append(FramePart(columns: batch.columns, lines: linesThatMayBeLate(batch), refused: refused))
        }
        let frame = Frame(
            receivedAt: now,
            source: batches[0].source,
            placement: view.placement.fingerprint,
            parts: FrameCutter.cut(whole, by: view.placement),
            positions: positions.take(batches.compactMap(\.positions), into: appended)
        )
        let payload = frame.encoded
        unsynced.append(
            Unsynced(
                entry: RecentFrames.Entry(sequence: appended, newest: newest, parts: frame.parts, bytes: payload.count),
                newestBefore: newestBefore,
                positionsBefore: positionsBefore,
                positionsAfter: positions,
                placement: frame.placement,
                answers: batches.map {
                    Unsynced.Answer(request: $0.request, accepted: $0.lineCount, quarantined: $0.quarantined.count)
                }
            )
        )
        bytesUnsynced += payload.count
        effects.append(.append(JournalledFrame(sequence: appended, newest: newest, payload: payload)))
    }

    /// Whether a batch waits to become a frame: the machine wants a tick within the contract's batch wait.
    public var isGathering: Bool { gathered.since != nil }

    /// Rows that are older than anything that this ingest knows to be newest, by more than the lateness that is allowed: a worker
    /// may have to quarantine them, whole.
    private func linesThatMayBeLate(_ batch: IngestBatch) -> [FramePart.RowLine] {
        guard let lateness = contract.windows.maxLateness.microseconds else { return [] }
        guard let reference = [newest, view?.watermark].compactMap({ $0 }).max() else { return [] }
        let bound = reference.advanced(byMicroseconds: -lateness)
        return batch.columns.times.indices.filter { batch.columns.times[$0] < bound }
            .map { FramePart.RowLine(row: $0, bytes: batch.line($0)) }
    }

    private mutating func markSynced(_ sequence: FrameSequence, _ effects: inout [IngestEffect]) {
        while unsyncedHead < unsynced.count, unsynced[unsyncedHead].entry.sequence <= sequence {
            let done = unsynced[unsyncedHead]
            unsyncedHead += 1
            synced = done.entry.sequence
            syncedNewest = done.entry.newest
            syncedPositions = done.positionsAfter
            bytesUnsynced -= done.entry.bytes
            acceptedLines += done.answers.reduce(0) { $0 + $1.accepted }
            for worker in streams.keys { streams[worker]!.lagBytes += done.entry.bytes }
            if done.placement == view?.placement.fingerprint {
                recent.append(done.entry)
            } else {
                // Cut for a placement that is gone: workers get it from the journal, cut anew.
                recent.removeAll()
            }
            for answer in done.answers {
                effects.append(
                    .acknowledge(
                        answer.request,
                        accepted: answer.accepted,
                        quarantined: answer.quarantined,
                        sequence: done.entry.sequence
                    )
                )
            }
        }
        if unsyncedHead == unsynced.count {
            unsynced.removeAll(keepingCapacity: true)
            unsyncedHead = 0
        } else if unsyncedHead > 4096 {
            unsynced.removeFirst(unsyncedHead)
            unsyncedHead = 0
        }
    }

    private mutating func markFailed(from: FrameSequence, reason: String, _ effects: inout [IngestEffect]) {
        guard let first = unsynced[unsyncedHead...].firstIndex(where: { $0.entry.sequence >= from }) else { return }
        newest = unsynced[first].newestBefore
        positions = unsynced[first].positionsBefore
        appended = FrameSequence(unsynced[first].entry.sequence.value - 1)
        for failed in unsynced[first...] {
            bytesUnsynced -= failed.entry.bytes
            for answer in failed.answers { effects.append(.refuse(answer.request, reason: reason)) }
        }
        unsynced.removeSubrange(first...)
    }

    // MARK: - Cluster

    private mutating func adopt(_ new: ClusterView, at now: WallTime, _ effects: inout [IngestEffect]) {
        isReportUnanswered = false
        let old = view
        view = new
        placements.add(new.placement)
        sealedFlush = new.flush
        // A store that has gone back may begin an epoch a second time, with other owners.
        if new.epoch != old?.epoch || new.placement != old?.placement || new.workerURLs != old?.workerURLs {
            if new.placement != old?.placement { recent.removeAll() }
            // Every worker starts over with an epoch: it needs the journal from its start, to know what it has counted.
            streams = [:]
            for (index, worker) in new.placement.workers.enumerated() {
                streams[worker] = WorkerStream(index: index, url: new.workerURLs[index], lagsFrom: synced)
            }
        }
        if new.isDrained {
            for batch in waiting { effects.append(.refuse(batch.request, reason: Self.drainedReason)) }
            waiting = []
            waitingBytes = 0
        }
        trim(&effects)
        deliverAll(at: now, &effects)
    }

    private mutating func trim(_ effects: inout [IngestEffect]) {
        guard let view, view.committed > lastTrim, let horizon = contract.windows.dedupHorizon.microseconds,
            let retention = limits.retention.microseconds, let watermark = view.watermark
        else { return }
        lastTrim = view.committed
        let kept = max(horizon, retention)
        effects.append(
            .trim(
                through: min(view.committed, syncedPositions.trimBound),
                olderThan: watermark.advanced(byMicroseconds: -kept)
            )
        )
    }

    private mutating func tick(at now: WallTime, _ effects: inout [IngestEffect]) {
        let due = lastReportAt.map { now.microseconds - $0.microseconds >= limits.reportInterval.inMicroseconds }
        let overdue = lastReportAt.map { now.microseconds - $0.microseconds >= 1_000_000 }
        if due ?? true, !isReportUnanswered || overdue ?? true {
            lastReportAt = now
            isReportUnanswered = true
            effects.append(
                .report(
                    IngestReport(
                        name: name,
                        incarnation: incarnation,
                        last: synced,
                        sealedFlush: sealedFlush,
                        accepted: acceptedLines,
                        isDrained: view?.isDrained == true && !isGathering && appended == synced
                    )
                )
            )
        }
        cutFrameIfDue(at: now, &effects)
        deliverAll(at: now, &effects)
        admitWaiting(at: now, &effects)
    }

    /// Whether the source has been silent for so long that it stops holding the watermark back.
    func isIdle(at now: WallTime) -> Bool {
        now.microseconds - lastEventAt.microseconds >= contract.windows.idleTimeout.inMicroseconds
            && unsyncedHead == unsynced.count && waiting.isEmpty && !isGathering
    }
}
