import Testing
import WeirCore
import WeirWire

/// The bytes of one message of each kind. A change here breaks clusters that run two versions, and journals on disk: raise
/// ``ProtocolVersion`` (see the article Protocol), and keep the old bytes readable where the version is the same.
@Suite struct GoldenBytesTests {
    private static let id = UUID128(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)
    private static let time = EventTime(microseconds: 1_793_664_000_000_000)
    private static let name = NodeName("a-1")!
    private static let line = QuarantinedLine(reason: .tooLarge, detail: "d", line: 7, bytes: [0x7B])

    private static let view = ClusterView(
        epoch: Epoch(3),
        placement: Placement(shards: 2, workers: [name]),
        workerURLs: ["tcp://h:1"],
        watermark: time,
        committed: FrameSequence(300),
        flush: 5
    )

    private static func commit(follows: CommitNumber = .none, isPaused: Bool = false) -> Commit {
        var tally = Tally()
        tally.counted = 1
        tally.duplicates = 2
        tally.impossibleTransitions = 3
        tally.quarantined = [.malformedJSON: 4, .tooLate: 5]
        return Commit(
            worker: name,
            incarnation: Incarnation(9),
            epoch: Epoch(3),
            number: CommitNumber(4),
            inputs: [.init(ingest: name, position: FrameSequence(300), newest: time, isIdle: true)],
            panes: [.init(start: time, aggregate: [0xAB])],
            tally: tally,
            quarantined: [QuarantineEntry(ingest: name, sequence: FrameSequence(1), line: line)],
            answers: [WorkflowAnswer(query: 1, json: nil), WorkflowAnswer(query: 2, json: [0x7B, 0x7D])],
            follows: follows,
            isPaused: isPaused
        )
    }

    private static var part: FramePart {
        var columns = EventColumns()
        columns.kinds = [0]
        columns.times = [time]
        columns.eventIDs = [id]
        columns.workflowIDs = [id]
        columns.correlationIDs = [id]
        return FramePart(
            columns: columns,
            lines: [.init(row: 0, bytes: [0x7B])],
            refused: [.init(shard: ShardID(63), line: line)]
        )
    }

    private static let messages: [(String, [UInt8], String)] = [
        (
            "join",
            ControlRequest.joinWorker(
                WorkerPresence(name: name, incarnation: Incarnation(9), dataURL: "tcp://h:1")
            ).encoded,
            "01030003612d310900000000000000097463703a2f2f683a31"
        ),
        (
            "ingest report",
            ControlRequest.reportIngest(
                IngestReport(
                    name: name,
                    incarnation: Incarnation(9),
                    last: FrameSequence(300),
                    sealedFlush: 5,
                    accepted: 1000
                )
            ).encoded,
            "01030103612d310900000000000000ac020105e80700"
        ),
        (
            "ingest report of trouble",
            ControlRequest.reportIngest(
                IngestReport(
                    name: name,
                    incarnation: Incarnation(9),
                    last: FrameSequence(300),
                    sealedFlush: 5,
                    accepted: 1000,
                    trouble: "no"
                )
            ).encoded,
            "01030703612d310900000000000000ac020105e80700026e6f"
        ),
        (
            "commit", ControlRequest.commit(commit()).encoded,
            "01030203612d31090000000000000003040103612d31ac0201000091f1535f06000101000091f1535f060001ab"
                + "01020304000000050103612d310103016407017b0201000201027b7d"
        ),
        (
            "commit that follows one", ControlRequest.commit(commit(follows: CommitNumber(3))).encoded,
            "01030203612d31090000000000000003040103612d31ac0201000091f1535f06000101000091f1535f060001ab"
                + "01020304000000050103612d310103016407017b0201000201027b7d" + "010103"
        ),
        (
            "commit of a worker that paused", ControlRequest.commit(commit(isPaused: true)).encoded,
            "01030203612d31090000000000000003040103612d31ac0201000091f1535f06000101000091f1535f060001ab"
                + "01020304000000050103612d310103016407017b0201000201027b7d" + "0200"
        ),
        (
            "lease", ControlRequest.lease(executor: name, Incarnation(9), max: 256).encoded,
            "01030303612d3109000000000000008002"
        ),
        ("leave", ControlRequest.leave(name, Incarnation(9)).encoded, "01030603612d310900000000000000"),
        (
            "results",
            ControlRequest.report(
                executor: name,
                results: [
                    IntentResult(
                        intentID: id,
                        correlationID: id,
                        executedAt: time,
                        success: false,
                        errorMessage: "e",
                        executionDuration: .microseconds(12)
                    )
                ]
            ).encoded,
            "01030403612d31017766554433221100ffeeddccbbaa99887766554433221100ffeeddccbbaa9988000091f153"
                + "5f06000001016518"
        ),
        ("status", ControlRequest.admin(.status).encoded, "01030500"),
        ("flush", ControlRequest.admin(.flush).encoded, "01030501"),
        (
            "windows",
            ControlRequest.admin(
                .windows(
                    WindowQuery(
                        type: .hourly,
                        from: time,
                        to: nil,
                        selectsOpen: true,
                        isDescending: true,
                        after: WindowPosition(window: Window(type: .daily, start: time), revision: 3),
                        limit: 10
                    )
                )
            ).encoded,
            "01030519010101000091f1535f0600000100010102000091f1535f0600030a"
        ),
        ("workflow", ControlRequest.admin(.workflow(id)).encoded, "010305037766554433221100ffeeddccbbaa9988"),
        ("failed", ControlRequest.admin(.failedWorkflows(limit: 10)).encoded, "0103051d0a"),
        ("stuck", ControlRequest.admin(.stuckWorkflows(limit: 10)).encoded, "010305040a"),
        (
            "intents",
            ControlRequest.admin(.intents(IntentQuery(state: "pending", before: 7, limit: 10))).encoded,
            "0103051a010770656e64696e6701070a"
        ),
        ("nodes", ControlRequest.admin(.nodes).encoded, "01030507"),
        ("shards", ControlRequest.admin(.shards).encoded, "01030508"),
        ("forget", ControlRequest.admin(.forget(name, isDryRun: true)).encoded, "0103052c03612d3101"),
        ("drain", ControlRequest.admin(.drain(name, undo: true, isDryRun: false)).encoded, "0103050903612d310100"),
        ("rebalance", ControlRequest.admin(.rebalance(isDryRun: true)).encoded, "0103050a01"),
        (
            "retry", ControlRequest.admin(.retryIntents([id])).encoded,
            "0103050b017766554433221100ffeeddccbbaa9988"
        ),
        (
            "quarantine",
            ControlRequest.admin(.quarantine(QuarantineQuery(reason: "too_late", isHeld: true, limit: 10))).encoded,
            "0103051b0108746f6f5f6c61746500010a"
        ),
        (
            "window", ControlRequest.admin(.window(Window(type: .hourly, start: time))).encoded,
            "0103051401000091f1535f0600"
        ),
        ("emissions", ControlRequest.admin(.emissions(after: 7, limit: 10)).encoded, "0103051501070a"),
        ("intent", ControlRequest.admin(.intent(id)).encoded, "010305167766554433221100ffeeddccbbaa9988"),
        ("quarantined line", ControlRequest.admin(.quarantinedLine(7)).encoded, "0103051707"),
        (
            "settle", ControlRequest.admin(.settleQuarantine([7, 8], .dropped)).encoded, "010305180102" + "0708"
        ),
        ("rolling", ControlRequest.admin(.rolling(.week, at: time)).encoded, "01030528020100" + "0091f1535f0600"),
        ("alerts", ControlRequest.admin(.alerts(state: "ok", limit: 10)).encoded, "01030529" + "01026f6b0a"),
        ("history of alerts", ControlRequest.admin(.alertHistory(limit: 10)).encoded, "0103052a0a"),
        (
            "trends", ControlRequest.admin(.trends(TrendQuery(type: .daily, dimension: .model, points: 9))).encoded,
            "0103052b02" + "01056d6f64656c" + "0000" + "00" + "09" + "00"
        ),
        (
            "replay", ControlRequest.admin(.replayWindows(WindowQuery(type: .hourly, from: time, limit: 10))).encoded,
            "0103051c010101000091f1535f060000000000000a"
        ),
        ("not found", ControlReply.notFound("w").encoded, "0103080177"),
        ("not leader", ControlReply.notLeader(leader: "u").encoded, "0103090175"),
        ("no leader", ControlReply.notLeader(leader: nil).encoded, "01030900"),
        ("forbidden", ControlReply.forbidden("w").encoded, "01030a0177"),
        (
            "assigned",
            ControlReply.assigned(
                Assignment(view: view, positions: [name: [FrameSequence(1), FrameSequence(2)]])
            ).encoded,
            "010300030103612d3102000001097463703a2f2f683a3101000091f1535f0600ac020105000103612d31020102"
        ),
        (
            "view", ControlReply.view(view).encoded,
            "010301030103612d3102000001097463703a2f2f683a3101000091f1535f0600ac02010500"
        ),
        (
            "committed",
            ControlReply.committed(
                CommitReceipt(
                    number: CommitNumber(4),
                    watermark: nil,
                    queries: [
                        WorkflowQuery(query: 1, subject: .workflow(id)),
                        WorkflowQuery(query: 2, subject: .stuck(before: time, limit: 10)),
                    ]
                )
            ).encoded,
            "01030204000201007766554433221100ffeeddccbbaa99880201000091f1535f06000a"
        ),
        (
            "committed, and asked to pause",
            ControlReply.committed(
                CommitReceipt(number: CommitNumber(4), watermark: nil, queries: [], asksToPause: true)
            ).encoded,
            "010302040000" + "0100"
        ),
        ("wrong epoch", ControlReply.wrongEpoch(Epoch(3)).encoded, "01030303"),
        (
            "leased",
            ControlReply.leased([
                LeasedIntent(id: id, correlationID: id, topic: "t", json: [0x7B, 0x7D], attempt: 1)
            ]).encoded,
            "010304017766554433221100ffeeddccbbaa99887766554433221100ffeeddccbbaa99880174027b7d01"
        ),
        ("acknowledged", ControlReply.acknowledged.encoded, "010305"),
        ("json", ControlReply.json([0x7B, 0x7D]).encoded, "010306027b7d"),
        ("refused", ControlReply.refused("no").encoded, "010307026e6f"),
        (
            "delivery",
            Delivery(
                epoch: Epoch(3),
                ingest: name,
                previous: FrameSequence(299),
                parts: [.init(sequence: FrameSequence(300), bytes: [0xAB])],
                through: FrameSequence(300),
                newest: time,
                isIdle: false
            ).encoded,
            "01030303612d31ab02ac0201000091f1535f06000001ac0201ab"
        ),
        ("applied", DeliveryReply.applied(through: FrameSequence(300)).encoded, "010300ac02"),
        ("delivery for a wrong epoch", DeliveryReply.wrongEpoch(Epoch(3)).encoded, "01030103"),
        ("gap", DeliveryReply.gap(expected: FrameSequence(299)).encoded, "010302ab02"),
        ("not ready", DeliveryReply.notReady.encoded, "010303"),
        (
            "frame",
            Frame(
                receivedAt: time,
                source: "nng",
                placement: 0x0102_0304_0506_0708,
                parts: [.init(worker: 1, bytes: [0xAB])]
            )
            .encoded,
            "01000091f1535f0600036e6e670807060504030201010101ab"
        ),
        (
            "frame part", part.encoded,
            "010000000000000000000091f1535f06007766554433221100ffeeddccbbaa99887766554433221100ffeeddcc"
                + "bbaa99887766554433221100ffeeddccbbaa99880100017b013f03016407017b"
        ),
        ("refusal", WireRefusal(reason: "no").encoded, "0001036e6f"),
    ]

    @Test(arguments: messages.indices)
    func theBytesOfAMessageStayTheSame(index: Int) {
        let (name, bytes, expected) = Self.messages[index]
        let hex = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hex == expected, "\(name)")
    }
}
