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
