import WeirCluster
import WeirCore
import WeirWire

/// What is known from outside of every line: on which disk it lies, in which frame, and what became of it. After each transaction of
/// the store it settles the lines that the new positions cover: each counted once, a duplicate, or quarantined.
final class Ledger {
    /// What became of an event, over all its committed copies.
    enum Fate: UInt8 {
        /// No copy is committed.
        case open
        case counted
        /// Every copy was quarantined as too late.
        case quarantined
    }

    private struct Row {
        var sequence: FrameSequence
        /// Index in the pool; nil for a line that was refused on its way in.
        var event: Int?
    }

    private struct IngestLog {
        var last = FrameSequence.none
        /// Newest event time up to a frame, by sequence − 1.
        var newest: [EventTime?] = []
        /// Durable rows by shard, ascending in sequence.
        var rows: [[Row]]
        /// Rows that the committed positions cover, by shard.
        var settled: [Int]
        var positions: [FrameSequence]
    }

    private unowned let world: World
    private var logs: [NodeName: IngestLog] = [:]
    private var fates: [Fate] = []
    private var acknowledgedEvents: Set<Int> = []
    private var acknowledgedRefused = 0
    private var tally = Tally()
    private var transactions = 0
    private var quarantineCount = 0
    /// An event was quarantined and may have been counted later: which of its copies is not known.
    private(set) var hasDoubt = false

    init(_ world: World) {
        self.world = world
    }

    // MARK: - Journals

    /// Frames are on an ingest's disk, to stay.
    func becameDurable(_ frames: [JournalledFrame], of ingest: NodeName) {
        let shards = world.scenario.shards
        var log =
            logs[ingest]
            ?? IngestLog(
                rows: .init(repeating: [], count: shards),
                settled: .init(repeating: 0, count: shards),
                positions: .init(repeating: .none, count: shards)
            )
        for frame in frames {
            guard frame.sequence == log.last.next else {
                world.fail(
                    "journals have no gaps",
                    "\(ingest): frame \(frame.sequence.value) follows \(log.last.value)"
                )
                return
            }
            log.last = frame.sequence
            var newest = log.newest.last ?? nil
            do throws(DecodingFailure) {
                for part in try Frame(decoding: frame.payload).parts {
                    let part = try FramePart(decoding: part.bytes)
                    for row in 0..<part.columns.count {
                        newest = max(newest ?? part.columns.times[row], part.columns.times[row])
                        let shard = ShardID.of(workflowHash: part.columns.workflowIDs[row].hash64, shards: shards)
                        guard let event = world.events.index(of: part.columns.eventIDs[row]) else {
                            world.fail(
                                "journals hold what was sent",
                                "\(ingest) frame \(frame.sequence.value) row \(row)"
                            )
                            return
                        }
                        log.rows[shard.value].append(Row(sequence: frame.sequence, event: event))
                    }
                    for refused in part.refused {
                        log.rows[refused.shard.value % shards].append(Row(sequence: frame.sequence, event: nil))
                    }
                }
            } catch {
                world.fail("every frame in a journal can be read", "\(ingest) frame \(frame.sequence.value): \(error)")
            }
            log.newest.append(newest)
        }
        logs[ingest] = log
    }

    /// A producer was told that its batch is on disk.
    func acknowledged(_ batch: ProducerBatch, by ingest: NodeName, _ sequence: FrameSequence) {
        acknowledgedEvents.formUnion(batch.events)
        if let last = logs[ingest]?.last, sequence <= last { return }
        world.fail(
            "every acknowledged event is in a journal or committed",
            "\(ingest) acknowledged frame \(sequence.value), and its disk ends at \(logs[ingest]?.last.value ?? 0)"
        )
    }

    /// Frames up to here are gone from a disk.
    func trimmed(_ ingest: NodeName, through sequence: FrameSequence) {
        guard let log = logs[ingest] else { return }
        if let least = log.positions.min(), sequence > least {
            world.fail(
                "every acknowledged event is in a journal or committed",
                "\(ingest) trimmed through \(sequence.value), and only \(least.value) is committed for every shard"
            )
        }
        guard let horizon = world.scenario.contract.windows.dedupHorizon.microseconds,
            let watermark = world.store.watermark
        else {
            world.fail("ids are remembered within the horizon", "\(ingest) trimmed, though the horizon has no end")
            return
        }
        if let newest = log.newest[Int(sequence.value) - 1], newest >= watermark.advanced(byMicroseconds: -horizon) {
            world.fail(
                "ids are remembered within the horizon",
                "\(ingest) trimmed through \(sequence.value), whose newest event, of \(newest), is within the horizon of the stored watermark \(watermark)"
            )
        }
    }

    /// Newest event time of an ingest up to a frame.
    func newest(of ingest: NodeName, through sequence: FrameSequence) -> EventTime? {
        guard let log = logs[ingest], sequence > .none, sequence <= log.last else { return nil }
        return log.newest[Int(sequence.value) - 1]
    }

    // MARK: - Commits

    /// The store has taken a transaction, or has failed to.
    func storeChanged(_ transaction: StoreTransaction) {
        guard world.store.transactions != transactions else { return }
        transactions = world.store.transactions
        world.invariants.stored(transaction)
        let covered = settlePositions()
        settle(covered, quarantined: transaction.quarantine)
    }

    /// Moves on to the store's positions. Returns the rows that are new.
    private func settlePositions() -> [Row] {
        var covered: [Row] = []
        for (ingest, positions) in world.store.positions(shards: world.scenario.shards) {
            guard var log = logs[ingest] else {
                if positions.contains(where: { $0 > .none }) {
                    world.fail("positions are within the journal", "\(ingest) has no frame")
                }
                continue
            }
            for shard in positions.indices where positions[shard] != log.positions[shard] {
                let position = positions[shard]
                if position < log.positions[shard] {
                    world.fail(
                        "positions only grow",
                        "\(ingest) shard \(shard): from \(log.positions[shard].value) to \(position.value)"
                    )
                }
                if position > log.last {
                    world.fail(
                        "positions are within the journal",
                        "\(ingest) shard \(shard): \(position.value), and the disk ends at \(log.last.value)"
                    )
                }
                log.positions[shard] = position
                while log.settled[shard] < log.rows[shard].count,
                    log.rows[shard][log.settled[shard]].sequence <= position
                {
                    covered.append(log.rows[shard][log.settled[shard]])
                    log.settled[shard] += 1
                }
            }
            logs[ingest] = log
        }
        return covered
    }

    private func settle(_ covered: [Row], quarantined: [QuarantineEntry]) {
        let new = world.store.tally
        if covered.isEmpty, new == tally, quarantined.isEmpty { return }
        defer { tally = new }
        while fates.count < world.events.count { fates.append(.open) }
        let tooLate = countTooLate(quarantined)
        var copies: [Int: Int] = [:]
        var refused = 0
        for row in covered {
            if let event = row.event { copies[event, default: 0] += 1 } else { refused += 1 }
        }
        var expected = 0
        var duplicates = 0
        var doubtful: [Int] = []
        for event in copies.keys.sorted() {
            let late = tooLate[event] ?? 0
            let rest = copies[event]! - late
            if rest < 0 {
                world.fail("nothing is quarantined twice", "event \(event): \(late) times in \(copies[event]!) copies")
            }
            if rest == 0 {
                if fates[event] == .open { fates[event] = .quarantined }
                continue
            }
            duplicates += rest
            switch fates[event] {
            case .open:
                fates[event] = .counted
                expected += 1
            case .quarantined: doubtful.append(event)
            case .counted: break
            }
        }
        for event in tooLate.keys where copies[event] == nil {
            world.fail("nothing is quarantined twice", "event \(event) is not among the lines that the commit covers")
        }
        let counted = new.counted - tally.counted
        switch counted - expected {
        case 0: break
        case doubtful.count:
            for event in doubtful { fates[event] = .counted }
        case 1..<max(1, doubtful.count):
            hasDoubt = true
        case let difference:
            world.fail(
                "an event is counted once",
                "the commit counts \(counted) events, and covers \(expected) that were not counted before (\(difference > 0 ? "+" : "")\(difference))"
            )
        }
        duplicates -= counted
        let refusedThen = new.refused - tally.refused
        if new.duplicates - tally.duplicates != duplicates || refusedThen != refused
            || (new.quarantined[.tooLate] ?? 0) - (tally.quarantined[.tooLate] ?? 0) != tooLate.values.reduce(0, +)
            || new.accepted - tally.accepted != covered.count
        {
            world.fail(
                "accepted = counted + duplicate + quarantined",
                "the commit covers \(covered.count) lines; \(counted) counted, \(new.duplicates - tally.duplicates) duplicates, \(refusedThen) refused, \(tooLate.values.reduce(0, +)) too late; expected \(duplicates) duplicates and \(refused) refused"
            )
        }
        quarantineCount += refused + tooLate.values.reduce(0, +)
        if world.store.quarantineCount != quarantineCount {
            world.fail(
                "nothing is quarantined twice",
                "\(world.store.quarantineCount) lines are in quarantine, and \(quarantineCount) should be"
            )
        }
    }

    /// Entries that are too late, by event; each must have a right to be.
    private func countTooLate(_ entries: [QuarantineEntry]) -> [Int: Int] {
        var found: [Int: Int] = [:]
        for entry in entries where entry.line.reason == .tooLate {
            guard let event = world.events.index(ofLine: entry.line.bytes) else {
                world.fail("quarantined lines are kept whole", String(decoding: entry.line.bytes, as: UTF8.self))
                continue
            }
            found[event, default: 0] += 1
            let lateness = world.scenario.contract.windows.maxLateness.microseconds
            if lateness == nil || world.store.watermark == nil
                || world.events.time(of: event) >= world.store.watermark!.advanced(byMicroseconds: -lateness!)
            {
                world.fail(
                    "only what is too late is quarantined as such",
                    "event \(event) of \(world.events.time(of: event)), watermark \(world.store.watermark?.description ?? "-")"
                )
            }
        }
        return found
    }

    // MARK: - The end

    /// Checks that everything acknowledged is committed.
    func finish() {
        while fates.count < world.events.count { fates.append(.open) }
        for event in acknowledgedEvents.sorted() where fates[event] == .open {
            world.fail(
                "a flush covers what was acknowledged before it",
                "event \(event) of \(world.events.time(of: event)) is not committed"
            )
        }
        world.statistics.counted = tally.counted
        world.statistics.tooLate = tally.quarantined[.tooLate] ?? 0
        world.statistics.quarantined = tally.quarantined.values.reduce(0, +)
    }

    /// Whether an event counts, by index.
    var counted: [Bool] { fates.map { $0 == .counted } }
}

extension Tally {
    /// Lines that were refused before they came to a worker.
    var refused: Int { quarantined.reduce(0) { $0 + ($1.key == .tooLate ? 0 : $1.value) } }
}
