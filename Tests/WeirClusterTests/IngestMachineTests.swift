import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirCluster

@Suite struct IngestMachineTests {
    private var machine: IngestMachine

    init() {
        machine = Self.machine()
    }

    private static func machine(_ change: (inout IngestLimits) -> Void = { _ in }) -> IngestMachine {
        var limits = IngestLimits()
        change(&limits)
        return IngestMachine(
            name: Story.ingest,
            incarnation: Incarnation(1),
            contract: Contract(),
            limits: limits,
            journal: (.none, nil),
            at: Story.start
        )
    }

    private static func view(epoch: UInt64 = 1, workers: [NodeName] = [Story.one], flush: UInt64? = nil) -> ClusterView
    {
        ClusterView(
            epoch: Epoch(epoch),
            placement: Placement(shards: Story.shards, workers: workers),
            workerURLs: workers.map { "inproc://\($0)" },
            watermark: nil,
            committed: .none,
            flush: flush
        )
    }

    private static func batch(_ request: UInt64, _ columns: EventColumns, bad: Int = 0) -> IngestBatch {
        IngestBatch(
            request: RequestID(request),
            source: "nng",
            columns: columns,
            quarantined: (0..<bad).map {
                QuarantinedLine(reason: .malformedJSON, detail: "bad", line: $0, bytes: [0x7B])
            },
            line: { Array("line \($0)".utf8) }
        )
    }

    @Test mutating func nothingIsAcknowledgedOrDeliveredBeforeItIsOnDisk() {
        _ = machine.receive(.view(Self.view()), at: Story.start)
        let taken = machine.receive(.batch(Self.batch(1, Story.started(0..<10), bad: 2)), at: Story.start)
        #expect(taken.appended.map(\.sequence) == [FrameSequence(1)])
        #expect(taken.acknowledged.isEmpty)
        #expect(taken.deliveries.allSatisfy { $0.parts.isEmpty })
        _ = machine.receive(.delivered(worker: Story.one, epoch: Epoch(1), .applied(through: .none)), at: Story.start)

        let synced = machine.receive(.synced(FrameSequence(1)), at: Story.after(3))
        #expect(synced.acknowledged.map(\.accepted) == [12])
        #expect(synced.acknowledged.map(\.quarantined) == [2])
        #expect(synced.deliveries.map(\.through) == [FrameSequence(1)])
        #expect(synced.deliveries.first?.newest == Story.after(900))
        #expect(machine.accepted == 12)
    }

    @Test mutating func batchesWaitForAFirstPlacement() {
        #expect(machine.receive(.batch(Self.batch(1, Story.started(0..<3))), at: Story.start).isEmpty)
        #expect(machine.waitingCount == 1)
        #expect(machine.receive(.view(Self.view()), at: Story.start).appended.count == 1)
        #expect(machine.waitingCount == 0)
    }

    @Test func tooManyWaitingRequestsAreRefusedWithAReason() {
        var machine = Self.machine { $0.waitingMax = 2 }
        for request in UInt64(1)...2 {
            #expect(machine.receive(.batch(Self.batch(request, Story.started(0..<1))), at: Story.start).isEmpty)
        }
        let refused = machine.receive(.batch(Self.batch(3, Story.started(0..<1))), at: Story.start).refused
        #expect(refused.map(\.request) == [RequestID(3)])
        #expect(refused.first?.reason.contains("overloaded") == true)
    }

    @Test mutating func aFailedAppendIsRefusedAndItsSequenceIsUsedAgain() {
        _ = machine.receive(.view(Self.view()), at: Story.start)
        _ = machine.receive(.batch(Self.batch(1, Story.started(0..<3))), at: Story.start)
        let failed = machine.receive(.appendFailed(from: FrameSequence(1), reason: "disk full"), at: Story.after(1))
        #expect(failed.refused.map(\.reason) == ["disk full"])
        #expect(failed.acknowledged.isEmpty)
        let again = machine.receive(.batch(Self.batch(2, Story.started(0..<3))), at: Story.after(2))
        #expect(again.appended.map(\.sequence) == [FrameSequence(1)])
        #expect(
            machine.receive(.synced(FrameSequence(1)), at: Story.after(3)).acknowledged.map(\.request) == [RequestID(2)]
        )
    }

    // MARK: - Logs

    private static func positions(_ offset: Int64, _ partition: Int32 = 0) -> LogPositions {
        var positions = LogPositions(reader: "group")
        positions.advance(LogPositions.Partition(topic: "topic", number: partition), to: offset)
        return positions
    }

    private static func batch(_ request: UInt64, to positions: LogPositions) -> IngestBatch {
        var batch = batch(request, Story.started(0..<3))
        batch.positions = positions
        return batch
    }

    private static func positions(in frames: [JournalledFrame]) throws -> [LogPositions?] {
        try frames.map { try Frame(decoding: $0.payload).positions }
    }

    @Test mutating func aFrameOfALogCarriesAllPositionsAndOthersCarryNone() throws {
        _ = machine.receive(.view(Self.view()), at: Story.start)
        let first = machine.receive(.batch(Self.batch(1, to: Self.positions(5))), at: Story.start).appended
        #expect(try Self.positions(in: first) == [Self.positions(5)])
        _ = machine.receive(.synced(FrameSequence(1)), at: Story.start)
        let other = machine.receive(.batch(Self.batch(2, Story.started(3..<6))), at: Story.start).appended
        #expect(try Self.positions(in: other) == [nil])
        _ = machine.receive(.synced(FrameSequence(2)), at: Story.start)
        let second = machine.receive(.batch(Self.batch(3, to: Self.positions(9, 1))), at: Story.start).appended
        var both = Self.positions(5)
        both.advance(by: Self.positions(9, 1))
        #expect(try Self.positions(in: second) == [both])
    }

    @Test mutating func positionsOfAFrameThatCouldNotBeWrittenAreForgotten() throws {
        _ = machine.receive(.view(Self.view()), at: Story.start)
        _ = machine.receive(.batch(Self.batch(1, to: Self.positions(5))), at: Story.start)
        _ = machine.receive(.appendFailed(from: FrameSequence(1), reason: "disk full"), at: Story.start)
        let next = machine.receive(.batch(Self.batch(2, to: Self.positions(2, 1))), at: Story.start).appended
        #expect(try Self.positions(in: next) == [Self.positions(2, 1)])
    }

    /// The journal may be trimmed up to the last frame that carries them; they are carried again so that this is not for ever.
    @Test mutating func positionsStayInTheJournalWhenItIsTrimmed() throws {
        var view = Self.view()
        view.watermark = Story.after(1_000_000)
        _ = machine.receive(.view(view), at: Story.start)
        _ = machine.receive(.batch(Self.batch(1, to: Self.positions(5))), at: Story.start)
        _ = machine.receive(.synced(FrameSequence(1)), at: Story.start)
        var carriers: [UInt64] = []
        for number in UInt64(2)...1500 {
            let frames = machine.receive(.batch(Self.batch(number, Story.started(0..<1))), at: Story.start).appended
            _ = machine.receive(.synced(FrameSequence(number)), at: Story.start)
            if try Self.positions(in: frames) == [Self.positions(5)] { carriers.append(number) }
        }
        #expect(carriers == [1 + CarriedPositions.framesMax])
        view.committed = FrameSequence(1400)
        let trims = machine.receive(.view(view), at: Story.start).compactMap { effect in
            if case .trim(let through, _) = effect { through } else { nil }
        }
        #expect(trims == [FrameSequence(CarriedPositions.framesMax)])
    }

    @Test mutating func smallRequestsShareAFrameWhileTheDiskIsBusy() {
        _ = machine.receive(.view(Self.view()), at: Story.start)
        #expect(machine.receive(.batch(Self.batch(1, Story.started(0..<3))), at: Story.start).appended.count == 1)
        #expect(machine.receive(.batch(Self.batch(2, Story.started(3..<6))), at: Story.start).appended.isEmpty)
        #expect(machine.receive(.batch(Self.batch(3, Story.started(6..<9))), at: Story.after(1)).appended.isEmpty)
        #expect(machine.isGathering)
        let synced = machine.receive(.synced(FrameSequence(1)), at: Story.after(2))
        #expect(synced.appended.map(\.sequence) == [FrameSequence(2)])
        let acknowledged = machine.receive(.synced(FrameSequence(2)), at: Story.after(3)).acknowledged
        #expect(acknowledged.map(\.request) == [RequestID(2), RequestID(3)])
        #expect(acknowledged.map(\.accepted) == [3, 3])
    }

    @Test mutating func aFrameIsCutInPartsByTheOwnersOfItsShards() throws {
        _ = machine.receive(.view(Self.view(workers: [Story.one, Story.two])), at: Story.start)
        let columns = Story.started(0..<100)
        let frame = try Frame(
            decoding: machine.receive(.batch(Self.batch(1, columns)), at: Story.start).appended[0].payload
        )
        let placement = Placement(shards: Story.shards, workers: [Story.one, Story.two])
        #expect(frame.placement == placement.fingerprint)
        var rows = 0
        for part in frame.parts {
            let decoded = try FramePart(decoding: part.bytes).columns
            rows += decoded.count
            for id in decoded.workflowIDs {
                #expect(
                    placement.owners[ShardID.of(workflowHash: id.hash64, shards: Story.shards).value] == part.worker
                )
            }
        }
        #expect(rows == 100)
    }

    @Test mutating func anUnansweredDeliveryIsMadeAgainFromWhereTheWorkerStands() {
        _ = machine.receive(.view(Self.view()), at: Story.start)
        _ = machine.receive(.delivered(worker: Story.one, epoch: Epoch(1), .applied(through: .none)), at: Story.start)
        _ = machine.receive(.batch(Self.batch(1, Story.started(0..<3))), at: Story.start)
        #expect(machine.receive(.synced(FrameSequence(1)), at: Story.start).deliveries.count == 1)
        #expect(
            machine.receive(.deliveryFailed(worker: Story.one, epoch: Epoch(1)), at: Story.after(10)).deliveries.isEmpty
        )
        let again = machine.receive(.tick, at: Story.after(100)).deliveries
        #expect(again.map(\.previous) == [.none] && again.map(\.through) == [FrameSequence(1)])
        _ = machine.receive(
            .delivered(worker: Story.one, epoch: Epoch(1), .applied(through: FrameSequence(1))),
            at: Story.after(110)
        )
        #expect(machine.receive(.tick, at: Story.after(200)).deliveries.isEmpty)
    }

    @Test mutating func aNewEpochStartsFromTheJournal() {
        _ = machine.receive(.view(Self.view()), at: Story.start)
        _ = machine.receive(.batch(Self.batch(1, Story.started(0..<3))), at: Story.start)
        _ = machine.receive(.synced(FrameSequence(1)), at: Story.start)
        let effects = machine.receive(.view(Self.view(epoch: 2, workers: [Story.one, Story.two])), at: Story.after(50))
        let reads = effects.compactMap { if case .readJournal(_, _, let from) = $0 { from } else { nil } }
        #expect(reads == [FrameSequence(1), FrameSequence(1)])
    }

    /// After a change of placement each frame goes as it lies in the journal, to those who own some of its rows now: nobody's rows are left out.
    @Test mutating func framesOfAnEarlierPlacementAreSentUncutToWhoNeedsThem() throws {
        let three = NodeName("worker-3")!
        let before = Placement(shards: Story.shards, workers: [Story.one, Story.two, three])
        _ = machine.receive(.view(Self.view(workers: before.workers)), at: Story.start)
        let columns = Story.started(0..<100)
        let journal = machine.receive(.batch(Self.batch(1, columns, bad: 1)), at: Story.start).appended
        _ = machine.receive(.synced(FrameSequence(1)), at: Story.start)
        let old = try Frame(decoding: journal[0].payload).parts.map(\.bytes)
        let after = Placement(shards: Story.shards, workers: [Story.one, Story.two])
        _ = machine.receive(.view(Self.view(epoch: 2, workers: after.workers)), at: Story.after(50))
        for (index, worker) in after.workers.enumerated() {
            let delivered = machine.receive(.journal(worker: worker, epoch: Epoch(2), journal), at: Story.after(60))
                .deliveries
            let parts = try #require(delivered.first).parts.map(\.bytes)
            #expect(parts.allSatisfy(old.contains))
            let shards = try parts.flatMap { try FramePart(decoding: $0).columns.workflowIDs }
                .map { ShardID.of(workflowHash: $0.hash64, shards: Story.shards).value }
            let mine = columns.workflowIDs.map { ShardID.of(workflowHash: $0.hash64, shards: Story.shards).value }
                .filter { after.owners[$0] == index }
            #expect(shards.filter { after.owners[$0] == index }.sorted() == mine.sorted())
            // What was, and stays, another worker's is not sent.
            let others = after.owners.indices.filter { before.owners[$0] == 1 - index && after.owners[$0] == 1 - index }
            #expect(before.owners.contains(1 - index) && shards.allSatisfy { !others.contains($0) })
        }
    }

    @Test mutating func aPartOfAnEarlierPlacementThatCannotBeReadIsReportedAndNotSent() throws {
        _ = machine.receive(.view(Self.view()), at: Story.start)
        _ = machine.receive(.batch(Self.batch(1, Story.started(0..<3))), at: Story.start)
        _ = machine.receive(.synced(FrameSequence(1)), at: Story.start)
        // Of a placement that is remembered, and of one that is not, whose frames are cut anew.
        for (epoch, placement) in [(2, Placement(shards: Story.shards, workers: [Story.one]).fingerprint), (3, 1)] {
            let view = Self.view(epoch: UInt64(epoch), workers: [Story.one, Story.two])
            _ = machine.receive(.view(view), at: Story.after(50))
            let frame = Frame(
                receivedAt: Story.start,
                source: "nng",
                placement: placement,
                parts: [Frame.Part(worker: 0, bytes: [0xFF])]
            )
            let journal = [JournalledFrame(sequence: FrameSequence(1), newest: nil, payload: frame.encoded)]
            for worker in [Story.one, Story.two] {
                let effects = machine.receive(
                    .journal(worker: worker, epoch: view.epoch, journal),
                    at: Story.after(60)
                )
                #expect(effects.contains { if case .damaged(FrameSequence(1), _) = $0 { true } else { false } })
                #expect(effects.deliveries.map(\.parts) == [[]])
            }
        }
    }

    @Test func whatOneReadOfTheJournalBringsIsDeliveredWithoutReadingItAgain() throws {
        var machine = Self.machine {
            $0.deliveryBytes = 1
            $0.recentBytes = 1
        }
        _ = machine.receive(.view(Self.view()), at: Story.start)
        var frames: [JournalledFrame] = []
        for request in UInt64(1)...5 {
            frames += machine.receive(.batch(Self.batch(request, Story.started(0..<3))), at: Story.start).appended
            _ = machine.receive(.synced(FrameSequence(request)), at: Story.start)
        }
        _ = machine.receive(.view(Self.view(epoch: 2, workers: [Story.one, Story.two])), at: Story.start)
        func answer(_ reply: DeliveryReply) -> [IngestEffect] {
            machine.receive(.delivered(worker: Story.one, epoch: Epoch(2), reply), at: Story.start)
        }
        var effects = machine.receive(.journal(worker: Story.one, epoch: Epoch(2), frames), at: Story.start)
        for sequence in UInt64(1)...4 {
            #expect(effects.deliveries.map(\.through) == [FrameSequence(sequence)])
            effects = answer(.applied(through: FrameSequence(sequence)))
        }
        // A worker that wants what was sent before gets it from the journal, and nothing is left out in between.
        effects = answer(.gap(expected: FrameSequence(1)))
        #expect(effects.deliveries.isEmpty)
        let reads = effects.compactMap { if case .readJournal(Story.one, _, let from) = $0 { from } else { nil } }
        #expect(reads == [FrameSequence(2)])
    }

    /// A worker that catches up from the journal has no lag left: producers go on.
    @Test func aLagThatIsReadFromTheJournalEnds() {
        var machine = Self.machine {
            $0.lagBytesMax = 4000
            $0.recentBytes = 100
        }
        _ = machine.receive(.view(Self.view()), at: Story.start)
        var frames: [JournalledFrame] = []
        for request in UInt64(1)...60 where frames.count == Int(request) - 1 {
            let effects = machine.receive(.batch(Self.batch(request, Story.started(0..<3))), at: Story.start)
            frames += effects.appended
            if let last = effects.appended.last { _ = machine.receive(.synced(last.sequence), at: Story.start) }
        }
        #expect(machine.waitingCount > 0, "the worker lags, so producers wait")
        var now: Int64 = 0
        for _ in 0..<50 where machine.waitingCount > 0 {
            now += 100
            var effects = machine.receive(
                .delivered(worker: Story.one, epoch: Epoch(1), .gap(expected: .none)),
                at: Story.after(now)
            )
            for case .readJournal(let worker, let epoch, let from) in effects {
                let read = frames.filter { $0.sequence >= from }
                effects += machine.receive(.journal(worker: worker, epoch: epoch, read), at: Story.after(now))
            }
            guard let through = effects.deliveries.last?.through else { continue }
            _ = machine.receive(
                .delivered(worker: Story.one, epoch: Epoch(1), .applied(through: through)),
                at: Story.after(now)
            )
        }
        #expect(machine.waitingCount == 0)
    }

    @Test mutating func aFlushIsSealedWithWhatIsOnDiskThen() {
        _ = machine.receive(.view(Self.view(flush: 9)), at: Story.start)
        let reports = machine.receive(.tick, at: Story.after(60)).compactMap {
            if case .report(let report) = $0 { report } else { nil }
        }
        #expect(reports.map(\.sealedFlush) == [9])
    }
}
