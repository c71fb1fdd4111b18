import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirCluster

/// What a worker takes over from one epoch into the next, and when it must start over.
@Suite struct WorkerContinuationTests {
    private var machine = Story.worker()
    private static let events = Story.started(0..<200)
    private static let alone = Placement(shards: Story.shards, workers: [Story.one])
    private static let both = Placement(shards: Story.shards, workers: [Story.one, Story.two])

    /// Begins an epoch in which some position of the ingest is committed for all shards, or for those of one worker another.
    private mutating func begin(
        _ epoch: UInt64,
        _ placement: Placement = Self.alone,
        committed position: UInt64 = 0,
        ofTwo other: UInt64? = nil,
        at milliseconds: Int64
    ) {
        let positions = (0..<Story.shards).map { shard in
            FrameSequence(Self.both.owners[shard] == 1 ? other ?? position : position)
        }
        _ = machine.receive(.tick, at: Story.after(milliseconds))
        let view = ClusterView(
            epoch: Epoch(epoch),
            placement: placement,
            workerURLs: placement.workers.map { "inproc://\($0)" },
            watermark: nil,
            committed: .none,
            flush: nil
        )
        let assignment = Assignment(
            view: view,
            positions: positions.contains { $0 > .none } ? [Story.ingest: positions] : [:]
        )
        _ = machine.receive(.reply(.assigned(assignment)), at: Story.after(milliseconds))
    }

    private mutating func deliver(
        _ sequence: UInt64,
        after previous: UInt64,
        _ columns: EventColumns = Self.events,
        from ingest: NodeName = Story.ingest,
        epoch: UInt64,
        at milliseconds: Int64
    ) -> DeliveryReply? {
        let delivery = Delivery(
            epoch: Epoch(epoch),
            ingest: ingest,
            previous: FrameSequence(previous),
            parts: columns.isEmpty
                ? [] : [Delivery.Part(sequence: FrameSequence(sequence), bytes: FramePart(columns: columns).encoded)],
            through: FrameSequence(sequence),
            newest: Story.after(900),
            isIdle: false
        )
        return machine.receive(.delivery(RequestID(1), delivery), at: Story.after(milliseconds)).answers.first
    }

    private mutating func commit(at milliseconds: Int64) -> Commit? {
        machine.receive(.tick, at: Story.after(milliseconds)).commits.first
    }

    private mutating func receipt(_ number: UInt64, asksToPause: Bool = false, at milliseconds: Int64) -> Commit? {
        let receipt = CommitReceipt(
            number: CommitNumber(number),
            watermark: nil,
            queries: [],
            asksToPause: asksToPause
        )
        return machine.receive(.reply(.committed(receipt)), at: Story.after(milliseconds)).commits.first
    }

    private mutating func lose(_ epoch: UInt64, at milliseconds: Int64) {
        _ = machine.receive(.reply(.wrongEpoch(Epoch(epoch))), at: Story.after(milliseconds))
    }

    private func count(ofTwo: Bool) -> Int {
        Self.events.workflowIDs.count {
            (Self.both.owners[ShardID.of(workflowHash: $0.hash64, shards: Story.shards).value] == 1) == ofTwo
        }
    }

    /// Another worker was lost: this one keeps its shards, and gets those of the other.
    @Test mutating func whatIsNotCommittedIsCarriedOnWhenShardsAreAdded() {
        begin(1, Self.both, at: 0)
        #expect(deliver(1, after: 0, epoch: 1, at: 1) == .applied(through: FrameSequence(1)))
        #expect(commit(at: 250)?.tally.counted == count(ofTwo: false))
        _ = deliver(2, after: 1, epoch: 1, at: 260)  // All of them again.
        lose(2, at: 300)
        begin(2, at: 400)
        let early = commit(at: 700)
        #expect(early?.inputs == [] && early?.tally == Tally(), "no position covers it yet")
        _ = receipt(1, at: 710)
        #expect(deliver(1, after: 0, epoch: 2, at: 720) == .applied(through: FrameSequence(1)))
        #expect(commit(at: 950)?.inputs == [], "the stream has not come as far as what is carried")
        _ = receipt(2, at: 960)
        #expect(deliver(2, after: 1, epoch: 2, at: 970) == .applied(through: FrameSequence(2)))
        let late = commit(at: 1_200)
        #expect(late?.inputs.map(\.position) == [FrameSequence(2)])
        #expect(late?.tally.counted == 200 && late?.tally.duplicates == 200)
    }

    @Test mutating func aCommitThatWasAppliedAndNotAnsweredIsNotCarriedOn() {
        begin(1, at: 0)
        _ = deliver(1, after: 0, epoch: 1, at: 1)
        #expect(commit(at: 250)?.tally.counted == 200)
        lose(2, at: 300)
        begin(2, committed: 1, at: 400)
        #expect(!machine.isReplaying)
        #expect(deliver(1, after: 0, EventColumns(), epoch: 2, at: 410) == .applied(through: FrameSequence(1)))
        _ = deliver(2, after: 1, epoch: 2, at: 420)
        let next = commit(at: 700)
        #expect(next?.tally.counted == 0 && next?.tally.duplicates == 200)
    }

    /// What was counted of a shard that is another's now can't be told from the rest.
    @Test mutating func aShardThatGoesWithWhatIsNotCommittedMakesItStartOver() {
        begin(1, at: 0)
        _ = deliver(1, after: 0, epoch: 1, at: 1)
        lose(2, at: 100)
        begin(2, Self.both, at: 200)
        #expect(deliver(1, after: 0, epoch: 2, at: 210) == .applied(through: FrameSequence(1)))
        #expect(commit(at: 500)?.tally.counted == count(ofTwo: false))
    }

    @Test mutating func aStoreThatWentBackMakesItStartOver() {
        begin(1, at: 0)
        _ = deliver(1, after: 0, epoch: 1, at: 1)
        _ = commit(at: 250)
        _ = receipt(1, at: 260)
        lose(2, at: 300)
        begin(2, at: 400)
        #expect(deliver(1, after: 0, epoch: 2, at: 410) == .applied(through: FrameSequence(1)))
        #expect(commit(at: 700)?.tally.counted == 200)
    }

    /// Shards go and come back, and were counted further by another worker meanwhile.
    @Test mutating func aShardThatComesBackIsReplayedAndTheOthersAreNot() {
        begin(1, at: 0)
        _ = deliver(1, after: 0, epoch: 1, at: 1)
        _ = commit(at: 250)
        _ = receipt(1, at: 260)
        lose(2, at: 300)
        begin(2, Self.both, committed: 1, at: 400)
        #expect(!machine.isReplaying, "it knows its shards")
        lose(3, at: 500)
        begin(3, committed: 1, ofTwo: 2, at: 600)
        #expect(machine.isReplaying)
        #expect(deliver(1, after: 0, epoch: 3, at: 610) == .applied(through: FrameSequence(1)))
        let more = Story.started(0..<260)
        #expect(deliver(2, after: 1, more, epoch: 3, at: 620) == .gap(expected: FrameSequence(1)))
        // Of the second frame, rows of the shards that came back are counted already.
        _ = deliver(2, after: 1, more, epoch: 3, at: 630)
        let new = more.workflowIDs[200...].count {
            Self.both.owners[ShardID.of(workflowHash: $0.hash64, shards: Story.shards).value] == 0
        }
        let next = commit(at: 900)
        #expect(next?.tally.counted == new && next?.tally.duplicates == count(ofTwo: false))
    }

    /// One ingest is away, and what was carried over of it holds everything back: the others' events wait in their journals.
    @Test mutating func whileItHoldsBackStreamsThatHaveComeFarEnoughKeepToTheLimit() {
        var limits = WorkerLimits()
        limits.uncommittedEventsMax = 250
        machine = Story.worker(limits: limits)
        begin(1, at: 0)
        _ = deliver(1, after: 0, epoch: 1, at: 1)
        lose(2, at: 100)
        begin(2, at: 200)
        let other = NodeName("ingest-9")!
        let more = Story.started(200..<260)
        let evenMore = Story.started(260..<270)
        #expect(deliver(1, after: 0, more, from: other, epoch: 2, at: 210) == .applied(through: FrameSequence(1)))
        #expect(deliver(2, after: 1, evenMore, from: other, epoch: 2, at: 220) == .notReady)
        #expect(deliver(1, after: 0, epoch: 2, at: 230) == .applied(through: FrameSequence(1)), "what all wait for")
        #expect(commit(at: 600)?.tally.counted == 260)
        #expect(deliver(2, after: 1, evenMore, from: other, epoch: 2, at: 610) == .applied(through: FrameSequence(2)))
    }

    /// Its tables hold events of shards that went, and nothing that it knows tells whether the store still counts them.
    @Test mutating func tablesOfShardsThatAllWentAreNotKept() {
        begin(1, Self.both, at: 0)
        _ = deliver(1, after: 0, epoch: 1, at: 1)
        _ = commit(at: 250)
        _ = receipt(1, at: 260)
        lose(2, at: 300)
        begin(2, Placement(shards: Story.shards, workers: [Story.two]), committed: 1, at: 400)
        lose(3, at: 500)
        // The store went back behind what was acknowledged.
        begin(3, Self.both, at: 600)
        _ = deliver(1, after: 0, epoch: 3, at: 610)
        #expect(commit(at: 900)?.tally.counted == count(ofTwo: false))
    }

    @Test mutating func beforeItsShardsGoItCommitsEverythingAndTakesNothingMore() {
        begin(1, at: 0)
        _ = deliver(1, after: 0, epoch: 1, at: 1)
        #expect(commit(at: 250)?.isPaused == false)
        _ = deliver(2, after: 1, Story.started(200..<210), epoch: 1, at: 255)
        let last = receipt(1, asksToPause: true, at: 260)
        #expect(last?.isPaused == true && last?.tally.counted == 10, "at once")
        #expect(deliver(3, after: 2, epoch: 1, at: 270) == .notReady)
        // The epoch did not begin after all.
        _ = receipt(2, at: 280)
        #expect(deliver(3, after: 2, epoch: 1, at: 290) == .applied(through: FrameSequence(3)))
        #expect(commit(at: 600)?.isPaused == false)
    }

    @Test mutating func aWorkerThatPausedKeepsTheShardsThatStay() {
        begin(1, at: 0)
        _ = deliver(1, after: 0, epoch: 1, at: 1)
        _ = commit(at: 250)
        _ = receipt(1, asksToPause: true, at: 260)
        lose(2, at: 300)
        begin(2, Self.both, committed: 1, at: 400)
        #expect(!machine.isReplaying)
        _ = deliver(1, after: 0, EventColumns(), epoch: 2, at: 410)
        _ = deliver(2, after: 1, epoch: 2, at: 420)
        #expect(commit(at: 700)?.tally.duplicates == count(ofTwo: false))
    }
}
