import WeirCore
import WeirTestSupport
import WeirWire

/// Random messages of every kind, with extreme values among them.
struct RandomMessages {
    var events: RandomEvents

    init(seed: UInt64) {
        events = RandomEvents(seed: seed)
    }

    /// Below a bound.
    mutating func number(_ bound: Int) -> Int { Int(events.random.next() % UInt64(bound)) }

    private mutating func flag() -> Bool { number(2) == 0 }

    private mutating func maybe<Value>(_ value: (inout Self) -> Value) -> Value? { flag() ? value(&self) : nil }

    private mutating func list<Value>(upTo count: Int = 4, _ value: (inout Self) -> Value) -> [Value] {
        (0..<number(count + 1)).map { _ in value(&self) }
    }

    /// Small, large, and at the ends.
    private mutating func magnitude(upTo max: UInt64) -> UInt64 {
        switch number(4) {
        case 0: UInt64(number(4))
        case 1: max - UInt64(number(3))
        default: events.random.next() % max
        }
    }

    private mutating func position() -> UInt64 { magnitude(upTo: 1 << 62) }
    private mutating func tallied() -> Int { Int(magnitude(upTo: 1 << 48)) }
    private mutating func sequence() -> FrameSequence { FrameSequence(position()) }
    private mutating func epoch() -> Epoch { Epoch(position()) }
    private mutating func incarnation() -> Incarnation { Incarnation(magnitude(upTo: .max)) }
    private mutating func name() -> NodeName { NodeName("node-\(number(5)).\(number(1_000_000))_A")! }
    private mutating func bytes(upTo count: Int = 40) -> [UInt8] {
        list(upTo: count) { UInt8(truncatingIfNeeded: $0.events.random.next()) }
    }
    private mutating func text() -> String {
        ["", "tcp://127.0.0.1:7700", "größer 🙂", "e\u{301}", String(repeating: "x", count: number(300))][number(5)]
    }
    private mutating func time() -> EventTime {
        switch number(4) {
        case 0: .earliest
        case 1: .latest
        default: EventTime(microseconds: Int64(number(2_000_000_000)) * 1_000_000)
        }
    }

    // MARK: - Frames

    mutating func part() -> FramePart {
        let columns = events.columns(number(6))
        return FramePart(
            columns: columns,
            lines: columns.isEmpty
                ? [] : list { FramePart.RowLine(row: $0.number(columns.count), bytes: $0.bytes()) },
            refused: list { FramePart.RefusedLine(shard: ShardID($0.number(64)), line: $0.line()) }
        )
    }

    mutating func frame() -> Frame {
        Frame(
            receivedAt: time(),
            source: text(),
            placement: events.random.next(),
            parts: list { Frame.Part(worker: $0.number(100), bytes: $0.bytes()) }
        )
    }

    private mutating func line() -> QuarantinedLine {
        let reasons: [QuarantineReason] = [
            .malformedJSON, .unknownEventType, .validationError, .tooLarge, .tooLate,
        ]
        return QuarantinedLine(reason: reasons[number(5)], detail: text(), line: number(1 << 40), bytes: bytes())
    }

    // MARK: - Messages

    /// The number of kinds that ``request(kind:)`` makes.
    static let requestKinds = 7

    mutating func request(kind: Int) -> ControlRequest {
        switch kind {
        case 0:
            .joinWorker(WorkerPresence(name: name(), incarnation: incarnation(), dataURL: text()))
        case 1:
            .reportIngest(
                IngestReport(
                    name: name(),
                    incarnation: incarnation(),
                    last: sequence(),
                    sealedFlush: maybe { $0.magnitude(upTo: .max) },
                    accepted: tallied(),
                    isDrained: flag(),
                    trouble: maybe { $0.text() }
                )
            )
        case 2: .commit(commit())
        case 3: .lease(executor: name(), incarnation(), max: number(1 << 40))
        case 4: .report(executor: name(), results: list { $0.result() })
        case 5: .leave(name(), incarnation())
        default: .admin(admin(kind: number(Self.adminKinds)))
        }
    }

    /// The number of kinds that ``admin(kind:)`` makes.
    static let adminKinds = 24

    mutating func admin(kind: Int) -> AdminRequest {
        switch kind {
        case 0: .status
        case 1: .flush
        case 2:
            .windows(
                WindowQuery(
                    type: maybe { WindowType.allCases[$0.number(WindowType.allCases.count)] },
                    from: maybe { $0.time() },
                    to: maybe { $0.time() },
                    selectsOpen: flag(),
                    selectsAllRevisions: flag(),
                    isDescending: flag(),
                    after: maybe { WindowPosition(window: $0.window(), revision: $0.number(1 << 50)) },
                    limit: number(1 << 50)
                )
            )
        case 3: .workflow(events.uuid())
        case 4: .stuckWorkflows(limit: number(1 << 50))
        case 22: .failedWorkflows(limit: number(1 << 50))
        case 5:
            .intents(
                IntentQuery(
                    state: maybe { $0.text() },
                    before: maybe { $0.magnitude(upTo: .max) },
                    limit: number(1 << 50)
                )
            )
        case 6:
            .quarantine(
                QuarantineQuery(
                    reason: maybe { $0.text() },
                    before: maybe { $0.magnitude(upTo: .max) },
                    isHeld: flag(),
                    limit: number(1 << 50)
                )
            )
        case 7: .window(window())
        case 8: .emissions(after: maybe { $0.magnitude(upTo: .max) }, limit: number(1 << 50))
        case 9: .intent(events.uuid())
        case 10: .quarantinedLine(magnitude(upTo: .max))
        case 11: .settleQuarantine(list { $0.magnitude(upTo: .max) }, flag() ? .replayed : .dropped)
        case 12: .nodes
        case 13: .shards
        case 14: .drain(name(), undo: flag(), isDryRun: flag())
        case 15: .rebalance(isDryRun: flag())
        case 16:
            .rolling(
                RollingSpan.allCases[number(RollingSpan.allCases.count)],
                at: maybe { $0.time() }
            )
        case 17: .alerts(state: maybe { $0.text() }, limit: number(1 << 50))
        case 18: .alertHistory(limit: number(1 << 50))
        case 19:
            .trends(
                TrendQuery(
                    type: WindowType.allCases[number(WindowType.allCases.count)],
                    dimension: maybe { Dimension.allCases[$0.number(Dimension.allCases.count)] },
                    metric: maybe { Metric.allCases[$0.number(Metric.allCases.count)] },
                    group: maybe { $0.text() },
                    to: maybe { $0.time() },
                    points: TrendQuery.pointsAllowed.lowerBound + number(TrendQuery.pointsAllowed.count),
                    withPoints: flag()
                )
            )
        case 20: .replayWindows(WindowQuery(from: maybe { $0.time() }, to: maybe { $0.time() }, limit: number(1 << 50)))
        case 23: .forget(name(), isDryRun: flag())
        default: .retryIntents(list { $0.events.uuid() })
        }
    }

    mutating func window() -> Window {
        Window(type: WindowType.allCases[number(WindowType.allCases.count)], start: time())
    }

    /// The number of kinds that ``reply(kind:)`` makes.
    static let replyKinds = 11

    mutating func reply(kind: Int) -> ControlReply {
        switch kind {
        case 0: .assigned(assignment())
        case 1: .view(view())
        case 2: .committed(receipt())
        case 3: .wrongEpoch(epoch())
        case 4:
            .leased(
                list {
                    LeasedIntent(
                        id: $0.events.uuid(),
                        correlationID: $0.events.uuid(),
                        topic: $0.text(),
                        json: $0.bytes(),
                        attempt: $0.number(1000)
                    )
                }
            )
        case 5: .acknowledged
        case 6: .json(bytes())
        case 7: .notFound(text())
        case 8: .forbidden(text())
        case 9: .notLeader(leader: maybe { "tcp://" + $0.text() })
        default: .refused(text())
        }
    }

    mutating func delivery() -> Delivery {
        Delivery(
            epoch: epoch(),
            ingest: name(),
            previous: sequence(),
            parts: list { Delivery.Part(sequence: $0.sequence(), bytes: $0.bytes()) },
            through: sequence(),
            newest: maybe { $0.time() },
            isIdle: flag()
        )
    }

    /// The number of kinds that ``deliveryReply(kind:)`` makes.
    static let deliveryReplyKinds = 4

    mutating func deliveryReply(kind: Int) -> DeliveryReply {
        switch kind {
        case 0: .applied(through: sequence())
        case 1: .wrongEpoch(epoch())
        case 2: .gap(expected: sequence())
        default: .notReady
        }
    }

    // MARK: - Parts of messages

    private mutating func commit() -> Commit {
        var tally = Tally()
        tally.counted = tallied()
        tally.duplicates = tallied()
        tally.impossibleTransitions = tallied()
        for reason in [QuarantineReason.malformedJSON, .tooLate] where flag() {
            tally.quarantined[reason] = 1 + tallied() / 2
        }
        return Commit(
            worker: name(),
            incarnation: incarnation(),
            epoch: epoch(),
            number: CommitNumber(position()),
            inputs: list {
                Commit.Input(
                    ingest: $0.name(),
                    position: $0.sequence(),
                    newest: $0.maybe { $0.time() },
                    isIdle: $0.flag()
                )
            },
            panes: list { Commit.Pane(start: $0.time(), aggregate: $0.bytes(upTo: 200)) },
            tally: tally,
            quarantined: list { QuarantineEntry(ingest: $0.name(), sequence: $0.sequence(), line: $0.line()) },
            answers: list { WorkflowAnswer(query: $0.magnitude(upTo: .max), json: $0.maybe { $0.bytes() }) }
        )
    }

    private mutating func result() -> IntentResult {
        IntentResult(
            intentID: events.uuid(),
            correlationID: events.uuid(),
            executedAt: time(),
            success: flag(),
            errorMessage: maybe { $0.text() },
            executionDuration: .microseconds(number(1 << 40))
        )
    }

    private mutating func view() -> ClusterView {
        let workers = (0..<number(4)).map { NodeName("worker-\($0)")! }
        return ClusterView(
            epoch: epoch(),
            placement: Placement(shards: number(9), workers: workers),
            workerURLs: workers.map { _ in text() },
            watermark: maybe { $0.time() },
            committed: sequence(),
            flush: maybe { $0.magnitude(upTo: .max) },
            isDrained: flag()
        )
    }

    private mutating func assignment() -> Assignment {
        let view = view()
        var positions: [NodeName: [FrameSequence]] = [:]
        for _ in 0..<number(3) {
            positions[name()] = (0..<view.placement.shards).map { _ in sequence() }
        }
        return Assignment(view: view, positions: positions)
    }

    private mutating func receipt() -> CommitReceipt {
        CommitReceipt(
            number: CommitNumber(position()),
            watermark: maybe { $0.time() },
            queries: list { random in
                WorkflowQuery(
                    query: random.magnitude(upTo: .max),
                    subject: random.flag()
                        ? .workflow(random.events.uuid())
                        : random.flag()
                            ? .stuck(before: random.time(), limit: random.number(1000))
                            : .failed(limit: random.number(1000))
                )
            }
        )
    }
}
