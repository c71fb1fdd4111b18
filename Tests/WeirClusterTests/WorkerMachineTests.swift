import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirCluster

@Suite struct WorkerMachineTests {
    private var machine = Story.worker()

    private static func assignment(
        epoch: UInt64 = 1,
        workers: [NodeName] = [Story.one],
        positions: [NodeName: [FrameSequence]] = [:],
        watermark: EventTime? = nil
    ) -> ControlReply {
        .assigned(
            Assignment(
                view: ClusterView(
                    epoch: Epoch(epoch),
                    placement: Placement(shards: Story.shards, workers: workers),
                    workerURLs: workers.map { "inproc://\($0)" },
                    watermark: watermark,
                    committed: .none,
                    flush: nil
                ),
                positions: positions
            )
        )
    }

    private static func delivery(
        _ sequence: UInt64,
        after previous: UInt64,
        _ columns: EventColumns,
        epoch: UInt64 = 1,
        from ingest: NodeName = Story.ingest,
        isIdle: Bool = false
    ) -> WorkerInput {
        .delivery(
            RequestID(sequence),
            Delivery(
                epoch: Epoch(epoch),
                ingest: ingest,
                previous: FrameSequence(previous),
                parts: columns.isEmpty
                    ? []
                    : [Delivery.Part(sequence: FrameSequence(sequence), bytes: FramePart(columns: columns).encoded)],
                through: FrameSequence(sequence),
                newest: columns.times.max(),
                isIdle: isIdle
            )
        )
    }

    /// Joins, and returns the first commit after 200 ms.
    private mutating func joined(_ reply: ControlReply = Self.assignment()) {
        #expect(machine.receive(.tick, at: Story.start).joins == 1)
        _ = machine.receive(.reply(reply), at: Story.start)
    }

    @Test mutating func outsideItAsksToJoinAndTakesNothing() {
        #expect(
            machine.receive(Self.delivery(1, after: 0, Story.started(0..<1)), at: Story.start).answers == [
                .wrongEpoch(.none)
            ]
        )
        #expect(machine.epoch == .none)
        _ = machine.receive(.unanswered, at: Story.after(1))
        #expect(machine.receive(.tick, at: Story.after(100)).joins == 1)
    }

    /// The canonical bytes of what a commit carries in any order.
    static func canonical(_ pane: Commit.Pane?) throws -> [UInt8] {
        try WindowAggregate(decoding: #require(pane).aggregate, limits: AggregateLimits()).encoded
    }

    @Test mutating func whatIsDeliveredIsCommittedWithItsPosition() throws {
        joined()
        let columns = Story.started(0..<10)
        #expect(
            machine.receive(Self.delivery(3, after: 0, columns), at: Story.after(1)).answers
                == [.applied(through: FrameSequence(3))]
        )
        let commit = machine.receive(.tick, at: Story.after(250)).commits.first
        #expect(commit?.number == CommitNumber(1) && commit?.epoch == Epoch(1))
        #expect(commit?.inputs.map(\.position) == [FrameSequence(3)])
        #expect(commit?.tally.counted == 10)
        #expect(commit?.panes.count == 1)
        #expect(try Self.canonical(commit?.panes.first) == Story.aggregate(columns).encoded)
    }

    @Test mutating func repeatedEventsAreCountedOnceAlsoAcrossIngests() {
        joined()
        let columns = Story.started(0..<10)
        _ = machine.receive(Self.delivery(1, after: 0, columns), at: Story.after(1))
        _ = machine.receive(Self.delivery(2, after: 1, columns), at: Story.after(2))
        _ = machine.receive(Self.delivery(1, after: 0, columns, from: NodeName("ingest-2")!), at: Story.after(3))
        let tally = machine.receive(.tick, at: Story.after(250)).commits.first?.tally
        #expect(tally?.counted == 10 && tally?.duplicates == 20)
    }

    @Test mutating func deliveriesAreTakenInSequenceOnce() {
        joined()
        let columns = Story.started(0..<10)
        #expect(
            machine.receive(Self.delivery(2, after: 1, columns), at: Story.start).answers == [.gap(expected: .none)]
        )
        _ = machine.receive(Self.delivery(1, after: 0, columns), at: Story.start)
        #expect(
            machine.receive(Self.delivery(1, after: 0, columns), at: Story.start).answers
                == [.applied(through: FrameSequence(1))],
            "a repeated delivery, whose answer was lost, is answered again"
        )
        #expect(machine.receive(.tick, at: Story.after(250)).commits.first?.tally.counted == 10)
    }

    @Test mutating func aCommitWithoutAnswerIsSentAgainAsItWas() {
        joined()
        _ = machine.receive(Self.delivery(1, after: 0, Story.started(0..<5)), at: Story.after(1))
        let first = machine.receive(.tick, at: Story.after(250)).commits
        #expect(first.count == 1)
        _ = machine.receive(Self.delivery(2, after: 1, Story.started(5..<9)), at: Story.after(260))
        #expect(machine.receive(.unanswered, at: Story.after(300)).commits.isEmpty)
        #expect(machine.receive(.tick, at: Story.after(600)).commits == first)
        let receipt = CommitReceipt(number: CommitNumber(1), watermark: nil, queries: [])
        _ = machine.receive(.reply(.committed(receipt)), at: Story.after(610))
        let second = machine.receive(.tick, at: Story.after(900)).commits.first
        #expect(second?.number == CommitNumber(2) && second?.tally.counted == 4)
    }

    @Test mutating func aCommitNamesTheLastOneThatChangedTheStore() {
        joined()
        func receipt(_ number: UInt64) -> WorkerInput {
            .reply(.committed(CommitReceipt(number: CommitNumber(number), watermark: nil, queries: [])))
        }
        _ = machine.receive(Self.delivery(1, after: 0, Story.started(0..<5)), at: Story.after(1))
        let first = machine.receive(.tick, at: Story.after(250)).commits.first
        #expect(first?.follows == CommitNumber.none)
        _ = machine.receive(receipt(1), at: Story.after(260))
        // Nothing new: a sign of life, which is not stored.
        let second = machine.receive(.tick, at: Story.after(500)).commits.first
        #expect(second?.number == CommitNumber(2) && second?.follows == CommitNumber(1))
        _ = machine.receive(receipt(2), at: Story.after(510))
        #expect(machine.receive(.tick, at: Story.after(750)).commits.first?.follows == CommitNumber(1))
    }

    @Test mutating func aWrongEpochDropsTheDeltaAndJoinsAgain() {
        joined()
        _ = machine.receive(Self.delivery(1, after: 0, Story.started(0..<5)), at: Story.after(1))
        #expect(machine.receive(.tick, at: Story.after(250)).commits.count == 1)
        #expect(machine.receive(.reply(.wrongEpoch(Epoch(2))), at: Story.after(310)).joins == 1)
        #expect(machine.uncommittedEvents == 0)
        _ = machine.receive(.reply(Self.assignment(epoch: 2)), at: Story.after(320))
        #expect(
            machine.receive(Self.delivery(1, after: 0, Story.started(0..<5)), at: Story.after(330)).answers == [
                .wrongEpoch(Epoch(2))
            ]
        )
        #expect(
            machine.receive(Self.delivery(1, after: 0, Story.started(0..<5), epoch: 2), at: Story.after(330)).answers
                == [.applied(through: FrameSequence(1))]
        )
        #expect(machine.receive(.tick, at: Story.after(600)).commits.first?.number == CommitNumber(1))
    }

    @Test mutating func whatWasCommittedIsReplayedToBeKnownAndNotCounted() throws {
        let counted = [FrameSequence](repeating: FrameSequence(1), count: Story.shards)
        joined(Self.assignment(positions: [Story.ingest: counted]))
        _ = machine.receive(Self.delivery(1, after: 0, Story.started(0..<5)), at: Story.after(1))
        // The first five again, and three more.
        _ = machine.receive(Self.delivery(2, after: 1, Story.started(0..<8)), at: Story.after(2))
        let commit = machine.receive(.tick, at: Story.after(250)).commits.first
        #expect(commit?.tally.counted == 3 && commit?.tally.duplicates == 5)
        #expect(
            try Self.canonical(commit?.panes.first)
                == Story.aggregate(Story.started(0..<8, from: Story.start).dropping(5)).encoded
        )
    }

    /// It tells its silence once; heard with the replay alone, it would hold the watermark back for good.
    @Test mutating func aSilentSourceIsAskedAgainAfterItsReplay() {
        let counted = [FrameSequence](repeating: FrameSequence(1), count: Story.shards)
        joined(Self.assignment(positions: [Story.ingest: counted]))
        #expect(
            machine.receive(Self.delivery(1, after: 0, Story.started(0..<5), isIdle: true), at: Story.after(1)).answers
                == [.gap(expected: FrameSequence(1))]
        )
        _ = machine.receive(Self.delivery(1, after: 1, EventColumns(), isIdle: true), at: Story.after(2))
        let inputs = machine.receive(.tick, at: Story.after(250)).commits.first?.inputs
        #expect(inputs?.map(\.isIdle) == [true])
    }

    @Test mutating func aSourceThatFellSilentBeforeItsRepeatedDeliveryIsHeard() {
        joined()
        let columns = Story.started(0..<5)
        _ = machine.receive(Self.delivery(1, after: 0, columns), at: Story.after(1))
        // The answer was lost.
        _ = machine.receive(Self.delivery(1, after: 0, columns, isIdle: true), at: Story.after(2))
        let commit = machine.receive(.tick, at: Story.after(250)).commits.first
        #expect(commit?.inputs.map(\.isIdle) == [true] && commit?.inputs.first?.newest == columns.times.max())
        #expect(commit?.tally.counted == 5 && commit?.tally.duplicates == 0)
    }

    @Test mutating func nothingIsCountedBeforeEverythingCommittedIsKnown() {
        let counted = [FrameSequence](repeating: FrameSequence(1), count: Story.shards)
        let other = NodeName("ingest-2")!
        joined(Self.assignment(positions: [other: counted]))
        #expect(
            machine.receive(Self.delivery(1, after: 0, Story.started(0..<5)), at: Story.after(1)).answers == [.notReady]
        )
        _ = machine.receive(Self.delivery(1, after: 0, Story.started(0..<5), from: other), at: Story.after(2))
        #expect(
            machine.receive(Self.delivery(1, after: 0, Story.started(0..<5)), at: Story.after(3)).answers
                == [.applied(through: FrameSequence(1))]
        )
        #expect(machine.receive(.tick, at: Story.after(250)).commits.first?.tally.duplicates == 5)
    }

    /// Two ingests whose next deliveries hold both what was counted and what was not: each takes what it can, so neither waits for the
    /// other for ever.
    @Test mutating func aDeliveryThatGoesBeyondTheReplayIsTakenUpToItsEnd() {
        let counted = [FrameSequence](repeating: FrameSequence(1), count: Story.shards)
        let other = NodeName("ingest-2")!
        joined(Self.assignment(positions: [Story.ingest: counted, other: counted]))
        for (ingest, numbers) in [(Story.ingest, 0..<5), (other, 5..<10)] {
            let parts = [(1, Story.started(numbers)), (2, Story.started(0..<10))].map { sequence, columns in
                Delivery.Part(sequence: FrameSequence(sequence), bytes: FramePart(columns: columns).encoded)
            }
            let delivery = Delivery(
                epoch: Epoch(1),
                ingest: ingest,
                previous: .none,
                parts: parts,
                through: FrameSequence(2),
                newest: Story.after(900),
                isIdle: false
            )
            let answers = machine.receive(.delivery(RequestID(1), delivery), at: Story.after(1)).answers
            #expect(answers == [.gap(expected: FrameSequence(1))])
        }
        _ = machine.receive(Self.delivery(2, after: 1, Story.started(0..<12)), at: Story.after(2))
        let tally = machine.receive(.tick, at: Story.after(250)).commits.first?.tally
        #expect(tally?.counted == 2 && tally?.duplicates == 10)
    }

    /// The shards of a worker may stand at different positions of an ingest: rows between them are counted after the replay of all
    /// ingests, and not during that of their own.
    @Test mutating func rowsBetweenThePositionsOfShardsAreCountedAfterTheReplay() {
        let events = Story.started(0..<40)
        let first = ShardID.of(workflowHash: events.workflowIDs[0].hash64, shards: Story.shards)
        var counted = [FrameSequence](repeating: .none, count: Story.shards)
        counted[first.value] = FrameSequence(1)
        let other = NodeName("ingest-2")!
        let all = [FrameSequence](repeating: FrameSequence(1), count: Story.shards)
        joined(Self.assignment(positions: [Story.ingest: counted, other: all]))
        #expect(
            machine.receive(Self.delivery(1, after: 0, events), at: Story.after(1)).answers
                == [.gap(expected: .none)]
        )
        #expect(machine.receive(Self.delivery(1, after: 0, events), at: Story.after(2)).answers == [.notReady])
        _ = machine.receive(Self.delivery(1, after: 0, events, from: other), at: Story.after(3))
        _ = machine.receive(Self.delivery(1, after: 0, events), at: Story.after(4))
        let tally = machine.receive(.tick, at: Story.after(250)).commits.first?.tally
        let inFirst = events.workflowIDs.count {
            ShardID.of(workflowHash: $0.hash64, shards: Story.shards) == first
        }
        #expect(tally?.counted == 0 && tally?.duplicates == 40 - inFirst)
    }

    @Test mutating func rowsOfOthersShardsAreLeftAlone() {
        joined(Self.assignment(workers: [Story.one, Story.two]))
        let columns = Story.started(0..<200)
        _ = machine.receive(Self.delivery(1, after: 0, columns), at: Story.after(1))
        let placement = Placement(shards: Story.shards, workers: [Story.one, Story.two])
        let mine = columns.workflowIDs.count {
            placement.owners[ShardID.of(workflowHash: $0.hash64, shards: Story.shards).value] == 0
        }
        #expect(mine > 0 && mine < 200)
        #expect(machine.receive(.tick, at: Story.after(250)).commits.first?.tally.counted == mine)
    }

    @Test mutating func anEventBeyondTheLatenessIsQuarantinedWhole() {
        joined(Self.assignment(watermark: Story.after(600_000)))
        var part = FramePart(columns: Story.started(0..<2, from: Story.start, spacing: 400_000))
        part.lines = [FramePart.RowLine(row: 0, bytes: Array("the line".utf8))]
        _ = machine.receive(
            .delivery(
                RequestID(1),
                Delivery(
                    epoch: Epoch(1),
                    ingest: Story.ingest,
                    previous: .none,
                    parts: [Delivery.Part(sequence: FrameSequence(1), bytes: part.encoded)],
                    through: FrameSequence(1),
                    newest: Story.after(600_000),
                    isIdle: false
                )
            ),
            at: Story.after(1)
        )
        let commit = machine.receive(.tick, at: Story.after(250)).commits.first
        #expect(commit?.tally.counted == 1 && commit?.tally.quarantined == [.tooLate: 1])
        #expect(commit?.quarantined.first?.line.bytes == Array("the line".utf8))
    }

    /// A commit is one message: late events must not make it larger than the coordinator takes, however long a store is away.
    @Test mutating func whileACommitWaitsQuarantinedLinesKeepToTheLimit() {
        var limits = WorkerLimits()
        limits.quarantineBytesMax = 1
        machine = Story.worker(limits: limits)
        joined(Self.assignment(watermark: Story.after(600_000)))
        let late = (0..<3).map { Story.started($0..<$0 + 1, from: Story.start, spacing: 1) }
        let first = machine.receive(Self.delivery(1, after: 0, late[0]), at: Story.after(1))
        #expect(first.commits.first?.tally.quarantined == [.tooLate: 1], "at once")
        _ = machine.receive(Self.delivery(2, after: 1, late[1]), at: Story.after(2))
        #expect(machine.receive(Self.delivery(3, after: 2, late[2]), at: Story.after(3)).answers == [.notReady])
        let receipt = CommitReceipt(number: CommitNumber(1), watermark: Story.after(600_000), queries: [])
        let second = machine.receive(.reply(.committed(receipt)), at: Story.after(4))
        #expect(second.commits.first?.tally.quarantined == [.tooLate: 1])
        #expect(
            machine.receive(Self.delivery(3, after: 2, late[2]), at: Story.after(5)).answers == [
                .applied(through: FrameSequence(3))
            ]
        )
    }

    @Test mutating func aWatermarkThatPassesAPanesEndCommitsAtOnce() {
        joined()
        _ = machine.receive(Self.delivery(1, after: 0, Story.started(0..<2)), at: Story.after(1))
        #expect(machine.receive(.tick, at: Story.after(20)).commits.isEmpty)
        let later = Story.started(10..<11, from: Story.after(6_500))
        #expect(machine.receive(Self.delivery(2, after: 1, later), at: Story.after(30)).commits.count == 1)
    }
}

extension EventColumns {
    /// Without its first rows, which must be STARTED events.
    fileprivate func dropping(_ count: Int) -> EventColumns {
        var rest = self
        rest.kinds.removeFirst(count)
        rest.times.removeFirst(count)
        rest.eventIDs.removeFirst(count)
        rest.workflowIDs.removeFirst(count)
        rest.correlationIDs.removeFirst(count)
        return rest
    }
}
