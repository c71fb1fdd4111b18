import Testing
import WeirCore
import WeirWire

/// Every request × every role, against the table as it is meant, written a second time.
@Suite struct AuthorizationTests {
    private static let node = NodeName("n")!
    private static let incarnation = Incarnation(1)

    private static let nodeRequests: [(ControlRequest, Set<PeerRole>)] = [
        (.joinWorker(WorkerPresence(name: node, incarnation: incarnation, dataURL: "tcp://w:1")), [.worker]),
        (
            .commit(
                Commit(
                    worker: node,
                    incarnation: incarnation,
                    epoch: Epoch(1),
                    number: CommitNumber(1)
                )
            ), [.worker]
        ),
        (
            .reportIngest(
                IngestReport(
                    name: node,
                    incarnation: incarnation,
                    last: FrameSequence(1),
                    sealedFlush: nil,
                    accepted: 0
                )
            ), [.ingest]
        ),
        (.lease(executor: node, incarnation, max: 1), [.executor]),
        (.report(executor: node, results: []), [.executor]),
        (.leave(node, incarnation), [.worker, .ingest, .executor]),
    ]

    private static let everyone = Set(PeerRole.allCases)
    private static let window = Window(type: .hourly, start: EventTime(microseconds: 0))

    private static let adminRequests: [(AdminRequest, Set<PeerRole>)] = [
        (.status, everyone), (.windows(WindowQuery()), everyone), (.window(window), everyone),
        (.emissions(after: nil, limit: 1), everyone), (.workflow(.zero), everyone),
        (.stuckWorkflows(limit: 1), everyone), (.failedWorkflows(limit: 1), everyone),
        (.intents(IntentQuery()), everyone), (.intent(.zero), everyone), (.quarantine(QuarantineQuery()), everyone),
        (.quarantinedLine(1), everyone), (.nodes, everyone), (.shards, everyone),
        (.rolling(.hour, at: nil), everyone), (.alerts(state: nil, limit: 1), everyone),
        (.alertHistory(limit: 1), everyone), (.trends(TrendQuery(type: .hourly)), everyone),
        (.drain(node, undo: false, isDryRun: true), everyone), (.drain(node, undo: true, isDryRun: true), everyone),
        (.forget(node, isDryRun: true), everyone), (.rebalance(isDryRun: true), everyone),
        (.flush, [.operator, .admin]), (.settleQuarantine([1], .replayed), [.operator, .admin]),
        (.settleQuarantine([1], .dropped), [.operator, .admin]),
        (.drain(node, undo: false, isDryRun: false), [.operator, .admin]),
        (.drain(node, undo: true, isDryRun: false), [.operator, .admin]),
        (.rebalance(isDryRun: false), [.operator, .admin]), (.replayWindows(WindowQuery()), [.operator, .admin]),
        (.retryIntents([]), [.operator, .admin]), (.forget(node, isDryRun: false), [.admin]),
    ]

    private static let all = nodeRequests + adminRequests.map { (ControlRequest.admin($0), $1) }

    /// What a request is, so that one that is added is noticed here: by a switch that must name it.
    private static func kind(_ request: ControlRequest) -> Int {
        switch request {
        case .joinWorker: 0
        case .reportIngest: 1
        case .commit: 2
        case .lease: 3
        case .report: 4
        case .leave: 5
        case .admin(let admin):
            switch admin {
            case .status: 6
            case .flush: 7
            case .windows: 8
            case .window: 9
            case .emissions: 10
            case .workflow: 11
            case .stuckWorkflows: 12
            case .failedWorkflows: 13
            case .intents: 14
            case .intent: 15
            case .quarantine: 16
            case .quarantinedLine: 17
            case .settleQuarantine: 18
            case .nodes: 19
            case .shards: 20
            case .drain: 21
            case .forget: 22
            case .rebalance: 23
            case .replayWindows: 24
            case .retryIntents: 25
            case .rolling: 26
            case .alerts: 27
            case .alertHistory: 28
            case .trends: 29
            }
        }
    }

    @Test func everyRequestIsInTheTable() {
        #expect(Set(Self.all.map { Self.kind($0.0) }) == Set(0...29))
    }

    @Test(arguments: PeerRole.allCases) func aRoleMayWhatTheTableSaysAndNothingElse(_ role: PeerRole) {
        for (request, allowed) in Self.all {
            #expect(Speaker.role(role).may(request) == allowed.contains(role), "\(role): \(request.verb)")
        }
        #expect(Speaker.role(role).mayDeliver == (role == .ingest), "\(role): delivery")
    }

    @Test func whoHoldsNoRoleMayEverything() {
        for speaker in [Speaker.anyone, .member] {
            for (request, _) in Self.all { #expect(speaker.may(request), "\(speaker): \(request.verb)") }
            #expect(speaker.mayDeliver)
        }
    }

    @Test func aRefusalNamesWhoWhatAndTheSecretThatIsNeeded() {
        let flush = Authorization.refusal(of: .admin(.flush), from: .role(.viewer))
        for part in ["flush", "role operator", "role viewer", "--role-secret operator=FILE"] {
            #expect(flush.contains(part), "\(part): \(flush)")
        }
        let commit = Authorization.refusal(of: Self.nodeRequests[1].0, from: .role(.ingest))
        for part in ["commit", "role worker", "role ingest", "security.role_secrets"] {
            #expect(commit.contains(part), "\(part): \(commit)")
        }
    }

    @Test func rolesAreNamedOnceAndReadBack() {
        for role in PeerRole.allCases { #expect(PeerRole(name: role.name) == role) }
        #expect(PeerRole(name: "root") == nil)
        for level in AccessLevel.allCases { #expect(PeerRole(atLeast: level).level == level) }
    }
}
