import WeirCore
import WeirWire

/// A worker's part in one epoch.
struct Membership: Sendable {
    let name: NodeName
    let contract: Contract
    let limits: WorkerLimits
    let epoch: Epoch
    let shards: Int
    /// Whether this worker owns a shard, by shard.
    private let owns: [Bool]
    /// Position up to which rows were in the store when the epoch began, by ingest and shard.
    let began: [NodeName: [FrameSequence]]
    /// Position up to which rows have been counted, by ingest and shard: further than ``began`` by what was carried over.
    let counted: [NodeName: [FrameSequence]]
    /// Whether the tables hold everything that was counted of a shard, by shard.
    private(set) var knows: [Bool]
    /// By ingest, the largest of the counted positions among shards that the tables don't know: what must be replayed before anything is
    /// counted. An ingest leaves when that is done.
    private(set) var replay: [NodeName: FrameSequence]
    /// By ingest, how far its stream must have come before anything is committed: ``delta`` has rows up to there. An ingest leaves when
    /// that is so.
    private(set) var carried: [NodeName: FrameSequence]
    /// How far each ingest's stream has come; none for the others.
    private(set) var positions: [NodeName: FrameSequence] = [:]
    private(set) var watermark: EventTime?

    /// Ids and workflows seen.
    private(set) var fingerprints: FingerprintTable
    private(set) var workflows: WorkflowTable

    /// What the next commit will hold, and the one that awaits its answer.
    private(set) var delta: Delta
    private(set) var inFlight: Commit?
    private var number = CommitNumber.none
    /// The last acknowledged commit that changed the store, and the inputs that the acknowledged ones have reached.
    private var stored = CommitNumber.none
    private(set) var reached: [NodeName: Commit.Input] = [:]
    /// The state of each ingest's stream since counting began.
    private var inputs: [NodeName: Commit.Input] = [:]
    private var hasNews = true
    private var isUrgent = false
    private var queries: [WorkflowQuery] = []
    /// Takes nothing more in this epoch, and has said so since.
    private var isPausing = false
    private var hasSaidPaused = false

    struct Delta: Sendable {
        var panes: PaneTable
        var tally = Tally()
        var quarantined: [QuarantineEntry] = []
        var quarantinedBytes = 0

        /// Whether nothing was counted or refused.
        var isEmpty: Bool { panes.isEmpty && tally.isEmpty }
    }

    /// - Parameter continuation: what the worker takes over from an earlier epoch.
    init(
        _ assignment: Assignment,
        continuing continuation: Continuation?,
        name: NodeName,
        contract: Contract,
        limits: WorkerLimits
    ) {
        self.name = name
        self.contract = contract
        self.limits = limits
        epoch = assignment.view.epoch
        watermark = assignment.view.watermark
        let placement = assignment.view.placement
        shards = placement.shards
        let mine = placement.shards(of: name)
        var owns = [Bool](repeating: false, count: placement.shards)
        for shard in mine { owns[shard.value] = true }
        self.owns = owns
        began = assignment.positions
        fingerprints = continuation?.fingerprints ?? FingerprintTable(horizon: contract.windows.dedupHorizon)
        workflows = continuation?.workflows ?? WorkflowTable()
        let knows = continuation?.knows ?? [Bool](repeating: false, count: placement.shards)
        self.knows = knows
        counted = continuation?.counted ?? assignment.positions
        carried = continuation?.carried ?? [:]
        delta =
            continuation?.delta
            ?? Delta(panes: PaneTable(limits: contract.aggregation, layout: contract.windows.layout))
        replay = assignment.positions.compactMapValues { positions in
            let most = mine.lazy.filter { !knows[$0.value] }.map { positions[$0.value] }.max() ?? .none
            return most > .none ? most : nil
        }
        if replay.isEmpty { knowAll() }
        // The streams begin where they go on: at what an ingest sends first it hears of that.
        for ingest in counted.keys where replay[ingest] == nil { positions[ingest] = goesOn(ingest) }
        forgetOld()
    }

    /// Whether a workflow's shard is this worker's.
    func owns(_ workflow: UUID128) -> Bool { owns[ShardID.of(workflowHash: workflow.hash64, shards: shards).value] }

    // MARK: - Data

    mutating func take(_ delivery: Delivery) -> DeliveryReply {
        if isPaused { return .notReady }
        if !replay.isEmpty { return replay(delivery) }
        let reached = positions[delivery.ingest] ?? .none
        guard delivery.previous == reached else {
            // A repeated delivery, whose reply was lost, starts before what is here.
            guard delivery.through <= reached, delivery.previous < reached else { return .gap(expected: reached) }
            if delivery.through == reached { hearAgain(delivery) }
            // A stream begins: what its ingest has said of the newest event and of silence was about frames that are known.
            if inputs[delivery.ingest] == nil { return .gap(expected: reached) }
            return .applied(through: reached)
        }
        // A stream that has to come as far as what was carried over is taken also then: nothing can be committed before.
        if isFull, carried[delivery.ingest] == nil { return .notReady }
        for part in delivery.parts {
            do throws(DecodingFailure) {
                count(try FramePart(decoding: part.bytes), ingest: delivery.ingest, sequence: part.sequence)
            } catch {
                quarantineDamaged(part, ingest: delivery.ingest, reason: error)
            }
        }
        let before = localWatermark
        positions[delivery.ingest] = delivery.through
        hear(delivery)
        if let before, let after = localWatermark {
            let tolerance = -contract.windows.lateArrivalTolerance.inMicroseconds
            let layout = contract.windows.layout
            isUrgent =
                isUrgent
                || layout.pane(holding: before.advanced(byMicroseconds: tolerance))
                    != layout.pane(holding: after.advanced(byMicroseconds: tolerance))
        }
        return .applied(through: delivery.through)
    }

    /// What a delivery says of its source holds from now on.
    private mutating func hear(_ delivery: Delivery) {
        inputs[delivery.ingest] = Commit.Input(
            ingest: delivery.ingest,
            position: delivery.through,
            newest: delivery.newest,
            isIdle: delivery.isIdle
        )
        if let bound = carried[delivery.ingest], delivery.through >= bound { carried[delivery.ingest] = nil }
        hasNews = true
    }

    /// A repeated delivery has no more frames than the first, but its source may have fallen silent in between, and will not say so again.
    private mutating func hearAgain(_ delivery: Delivery) {
        let known = inputs[delivery.ingest]
        guard known == nil || delivery.isIdle && known?.isIdle == false else { return }
        hear(delivery)
    }

    /// Takes from a delivery what was counted in earlier epochs, to remember it. Nothing is counted before everything that was counted
    /// is known, by every ingest: a repeated event may have come by another one. The streams then begin again where a shard of this
    /// worker goes on first, and ingests hear of it as of any gap.
    private mutating func replay(_ delivery: Delivery) -> DeliveryReply {
        let reached = positions[delivery.ingest] ?? .none
        guard let end = replay[delivery.ingest] else { return .notReady }
        guard delivery.previous == reached else {
            return delivery.through <= reached && delivery.previous < reached
                ? .applied(through: reached) : .gap(expected: reached)
        }
        for part in delivery.parts where part.sequence <= end {
            // What can't be read was quarantined when it was counted.
            guard let decoded = try? FramePart(decoding: part.bytes) else { continue }
            remember(decoded.columns, ingest: delivery.ingest, sequence: part.sequence)
        }
        guard delivery.through >= end else {
            positions[delivery.ingest] = delivery.through
            return .applied(through: delivery.through)
        }
        replay[delivery.ingest] = nil
        if replay.isEmpty { knowAll() }
        let next = goesOn(delivery.ingest)
        positions[delivery.ingest] = next
        // Also where nothing is to be sent again: what this delivery said of the newest event and of silence was about a replay, and a source
        // that stays silent would not say it a second time, and so hold the watermark back for good.
        return .gap(expected: next)
    }

    private mutating func knowAll() { knows = owns }

    /// The first position after which an ingest has rows for this worker that were not counted.
    private func goesOn(_ ingest: NodeName) -> FrameSequence {
        guard let counted = counted[ingest] else { return .none }
        return owns.indices.filter { owns[$0] }.map { counted[$0] }.min() ?? .none
    }

    private mutating func remember(_ columns: EventColumns, ingest: NodeName, sequence: FrameSequence) {
        guard let counted = counted[ingest] else { return }
        var rows: [(row: Int, payload: Int)] = []
        var hashes: [UInt64] = []
        var ids: [UInt64] = []
        var cursor = PayloadCursor()
        for row in 0..<columns.count {
            let payload = cursor.next(columns.kinds[row])
            let hash = columns.workflowIDs[row].hash64
            let shard = ShardID.of(workflowHash: hash, shards: shards).value
            guard owns[shard], !knows[shard], sequence <= counted[shard] else { continue }
            rows.append((row, payload))
            hashes.append(hash)
            ids.append(FingerprintTable.fingerprint(event: columns.eventIDs[row], workflowHash: hash))
        }
        var stages = StageCodes(columns.stageKeys)
        for index in rows.indices {
            if index % Self.loadedAhead == 0 {
                loadAhead(index..<min(index + Self.loadedAhead, rows.count), ids, hashes)
            }
            let (row, payload) = rows[index]
            if fingerprints.insert(ids[index], at: columns.times[row]) {
                _ = advanceWorkflow(columns, row: row, payload: payload, hash: hashes[index], stages: &stages)
            }
        }
    }

    /// Loads the places of events in the tables into the processor's caches, all together.
    private mutating func loadAhead(_ range: Range<Int>, _ ids: [UInt64], _ hashes: [UInt64]) {
        ids.withUnsafeBufferPointer { fingerprints.load(.init(rebasing: $0[range])) }
        hashes.withUnsafeBufferPointer { workflows.load(.init(rebasing: $0[range])) }
    }

    /// The codes of a batch's stages in the table of workflows, found when they are first needed.
    private struct StageCodes {
        let keys: KeyDictionary
        private var codes: [UInt16?]

        init(_ keys: KeyDictionary) {
            self.keys = keys
            codes = [UInt16?](repeating: nil, count: keys.count)
        }

        mutating func code(_ key: UInt32, in workflows: inout WorkflowTable) -> UInt16 {
            if let code = codes[Int(key)] { return code }
            let code = workflows.code(ofStage: keys.keys[Int(key)])
            codes[Int(key)] = code
            return code
        }
    }

    /// Returns whether the step is possible.
    private mutating func advanceWorkflow(
        _ columns: EventColumns,
        row: Int,
        payload: Int,
        hash: UInt64,
        stages: inout StageCodes
    ) -> Bool {
        let kind = columns.kinds[row]
        var stage: StageStep?
        if kind == EventKind.stageCompleted.rawValue {
            stage = StageStep(
                number: columns.stages.number[payload],
                name: stages.code(columns.stages.stage[payload], in: &workflows)
            )
        }
        return workflows.apply(
            columns.workflowIDs[row],
            hash: hash,
            kind: EventKind(rawValue: kind)!,
            isRetryable: kind == EventKind.failed.rawValue && columns.failures.retryable[payload] == 1,
            at: columns.times[row],
            correlationID: columns.correlationIDs[row],
            stage: stage
        )
    }

    /// The smallest newest time of the sources that are not idle.
    private var localWatermark: EventTime? {
        inputs.values.lazy.filter { !$0.isIdle }.compactMap(\.newest).min()
    }

    /// Events whose places in the tables are loaded together.
    private static let loadedAhead = 32

    private mutating func count(_ part: FramePart, ingest: NodeName, sequence: FrameSequence) {
        let columns = part.columns
        let positions = counted[ingest]
        var selected: [Int32] = []
        selected.reserveCapacity(columns.count)
        let hashes = columns.workflowIDs.map(\.hash64)
        let ids = (0..<columns.count).map {
            FingerprintTable.fingerprint(event: columns.eventIDs[$0], workflowHash: hashes[$0])
        }
        let lateBound = contract.windows.maxLateness.microseconds.flatMap { lateness in
            watermark?.advanced(byMicroseconds: -lateness)
        }
        var cursor = PayloadCursor()
        var stages = StageCodes(columns.stageKeys)
        for row in 0..<columns.count {
            if row % Self.loadedAhead == 0 { loadAhead(row..<min(row + Self.loadedAhead, columns.count), ids, hashes) }
            let payload = cursor.next(columns.kinds[row])
            let hash = hashes[row]
            let shard = ShardID.of(workflowHash: hash, shards: shards).value
            // What was counted before is remembered since the replay.
            guard owns[shard], !(positions.map { sequence <= $0[shard] } ?? false) else { continue }
            let time = columns.times[row]
            let fingerprint = ids[row]
            if let lateBound, time < lateBound {
                if fingerprints.contains(fingerprint) {
                    delta.tally.duplicates += 1
                } else {
                    quarantineLate(part, row: row, payload: payload, ingest: ingest, sequence: sequence)
                }
            } else if fingerprints.insert(fingerprint, at: time) {
                selected.append(Int32(truncatingIfNeeded: row))
                delta.tally.counted += 1
                let isPossible = advanceWorkflow(columns, row: row, payload: payload, hash: hash, stages: &stages)
                if !isPossible { delta.tally.impossibleTransitions += 1 }
            } else {
                delta.tally.duplicates += 1
            }
        }
        if !selected.isEmpty { delta.panes.add(columns, hashes: hashes, selected: selected) }
        for refused in part.refused {
            let shard = refused.shard.value % shards
            guard owns[shard], !(positions.map { sequence <= $0[shard] } ?? false) else { continue }
            quarantine(refused.line, ingest: ingest, sequence: sequence)
        }
    }

    private mutating func quarantine(_ line: QuarantinedLine, ingest: NodeName, sequence: FrameSequence) {
        delta.tally.quarantined[line.reason, default: 0] += 1
        delta.quarantined.append(QuarantineEntry(ingest: ingest, sequence: sequence, line: line))
        delta.quarantinedBytes += line.size
    }

    private mutating func quarantineLate(
        _ part: FramePart,
        row: Int,
        payload: Int,
        ingest: NodeName,
        sequence: FrameSequence
    ) {
        let time = part.columns.times[row]
        let detail =
            "timestamp: \(time) is older than the watermark \(watermark?.description ?? "") by more than max_lateness"
        let bytes =
            part.lines.first { $0.row == row }?.bytes ?? part.columns.json(ofRow: row, payload: payload)
        quarantine(
            QuarantinedLine(reason: .tooLate, detail: detail, line: row, bytes: bytes),
            ingest: ingest,
            sequence: sequence
        )
    }

    /// A part whose bytes can't be read, though they have the journal's checksum: a bug or a newer format. It is kept, whole.
    private mutating func quarantineDamaged(_ part: Delivery.Part, ingest: NodeName, reason: DecodingFailure) {
        quarantine(
            QuarantinedLine(
                reason: .malformedJSON,
                detail: "a part of a frame can't be decoded: \(reason)",
                line: 0,
                bytes: part.bytes
            ),
            ingest: ingest,
            sequence: part.sequence
        )
    }

    // MARK: - Commits

    /// Whether the next commit has no room for a further delivery.
    private var isFull: Bool {
        delta.panes.eventCount >= limits.uncommittedEventsMax || delta.quarantinedBytes >= limits.quarantineBytesMax
    }

    /// Whether commits are signs of life alone: what was carried over is not behind the streams' positions yet.
    var isHoldingBack: Bool { !carried.isEmpty }

    /// Whether it takes nothing more. What is held back has to come to where it can be committed first.
    private var isPaused: Bool { isPausing && !isHoldingBack }

    /// Whether nothing waits to be committed or for the answer to it. What is held back may go: no position covers it.
    var isCommitted: Bool { inFlight == nil && (!hasNews || isHoldingBack) }

    func mustCommit(waited: Int64) -> Bool {
        if inFlight != nil { return waited >= limits.commitTimeout.inMicroseconds || isRetryDue(waited) }
        if waited >= (isPausing ? Self.pauseInterval : limits.commitInterval.inMicroseconds) { return true }
        if isPaused, !hasSaidPaused { return true }
        if !queries.isEmpty { return true }
        return hasNews && !isHoldingBack
            && (isUrgent || delta.panes.eventCount >= limits.deltaEventsMax
                || delta.quarantinedBytes >= limits.quarantineBytesMax)
    }

    /// Wall clock: between commits while an epoch is about to begin, in microseconds.
    private static let pauseInterval: Int64 = 50_000

    /// The coordinator did not answer and the shell is free again.
    private func isRetryDue(_ waited: Int64) -> Bool { waited >= limits.commitInterval.inMicroseconds }

    /// The commit that awaits its answer, again, or a new one of everything since: a sign of life alone, while the rest is held back.
    mutating func nextCommit(incarnation: Incarnation) -> Commit {
        if let inFlight { return inFlight }
        number = number.next
        var commit = Commit(
            worker: name,
            incarnation: incarnation,
            epoch: epoch,
            number: number,
            answers: answers(),
            follows: stored
        )
        if !isHoldingBack { moveDelta(into: &commit) }
        inFlight = commit
        return commit
    }

    private mutating func moveDelta(into commit: inout Commit) {
        commit.inputs = inputs.values.sorted { $0.ingest < $1.ingest }
        commit.panes = delta.panes.panes.map { Commit.Pane(start: $0.start, aggregate: $0.aggregate.encodedForMerging) }
        commit.tally = delta.tally
        commit.quarantined = delta.quarantined
        commit.isPaused = isPaused
        hasSaidPaused = isPaused
        delta.panes.removeAll()
        delta.tally = Tally()
        delta.quarantined = []
        delta.quarantinedBytes = 0
        hasNews = false
        isUrgent = false
    }

    mutating func committed(_ receipt: CommitReceipt) {
        guard let commit = inFlight, commit.number == receipt.number else { return }
        inFlight = nil
        if commit.isNews(after: reached) { stored = commit.number }
        for input in commit.inputs { reached[input.ingest] = input }
        if let new = receipt.watermark { watermark = max(watermark ?? new, new) }
        queries = receipt.queries
        isPausing = receipt.asksToPause
        if !isPausing { hasSaidPaused = false }
        forgetOld()
    }

    private mutating func forgetOld() {
        guard let horizon = contract.windows.dedupHorizon.microseconds, let watermark else { return }
        fingerprints.forget(before: watermark.advanced(byMicroseconds: -horizon))
        workflows.forget(before: watermark.advanced(byMicroseconds: -horizon))
    }

    private mutating func answers() -> [WorkflowAnswer] {
        defer { queries = [] }
        return queries.map { query in
            switch query.subject {
            case .workflow(let id):
                var json = JSONWriter()
                guard let workflow = workflows.workflow(id) else {
                    return WorkflowAnswer(query: query.query, json: nil)
                }
                workflow.write(into: &json)
                return WorkflowAnswer(query: query.query, json: json.bytes)
            case .stuck(let before, let limit):
                return Self.answer(query, workflows.stuck(before: before, limit: limit))
            case .failed(let limit):
                return Self.answer(query, workflows.failed(limit: limit))
            }
        }
    }

    private static func answer(_ query: WorkflowQuery, _ found: [WorkflowSnapshot]) -> WorkflowAnswer {
        var json = JSONWriter()
        json.array { json in for workflow in found { workflow.write(into: &json) } }
        return WorkflowAnswer(query: query.query, json: json.bytes)
    }
}

extension QuarantinedLine {
    /// Bytes that it takes up in a commit, about.
    var size: Int { bytes.count + detail.utf8.count }
}
