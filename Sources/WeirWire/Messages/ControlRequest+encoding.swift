import WeirCore

extension ControlRequest {
    public var encoded: [UInt8] {
        encodeMessage { writer in
            switch self {
            case .joinWorker(let presence):
                writer.byte(0)
                writer.name(presence.name)
                writer.fixed(presence.incarnation.value)
                writer.text(presence.dataURL)
            case .reportIngest(let report):
                // 7 is 1 with a trouble, which came later: without one nothing has changed.
                writer.byte(report.trouble == nil ? 1 : 7)
                writer.name(report.name)
                writer.fixed(report.incarnation.value)
                writer.sequence(report.last)
                writer.flag(report.sealedFlush != nil)
                if let flush = report.sealedFlush { writer.varint(flush) }
                writer.count(report.accepted)
                writer.flag(report.isDrained)
                if let trouble = report.trouble { writer.text(trouble) }
            case .commit(let commit):
                writer.byte(2)
                commit.encode(into: &writer)
                if commit.follows > .none { writer.field(1) { $0.varint(commit.follows.value) } }
                if commit.isPaused { writer.field(2) { _ in } }
            case .lease(let executor, let incarnation, let max):
                writer.byte(3)
                writer.name(executor)
                writer.fixed(incarnation.value)
                writer.count(max)
            case .report(let executor, let results):
                writer.byte(4)
                writer.name(executor)
                writer.count(results.count)
                for result in results { result.encode(into: &writer) }
            case .admin(let request):
                writer.byte(5)
                request.encode(into: &writer)
            case .leave(let node, let incarnation):
                writer.byte(6)
                writer.name(node)
                writer.fixed(incarnation.value)
            }
        }
    }

    public init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        self = try decodeMessage(bytes, Self.body, field: Self.field)
    }

    private static func field(
        _ request: inout Self,
        _ tag: UInt64,
        _ reader: inout ByteReader
    ) throws(DecodingFailure) {
        guard case .commit(var commit) = request else { return }
        switch tag {
        case 1: commit.follows = CommitNumber(try reader.position())
        case 2: commit.isPaused = true
        default: return
        }
        request = .commit(commit)
    }

    private static func body(_ reader: inout ByteReader) throws(DecodingFailure) -> Self {
        switch try reader.byte() {
        case 0:
            return .joinWorker(
                WorkerPresence(
                    name: try reader.name(),
                    incarnation: Incarnation(try reader.fixed()),
                    dataURL: try reader.text()
                )
            )
        case let kind where kind == 1 || kind == 7:
            return .reportIngest(
                IngestReport(
                    name: try reader.name(),
                    incarnation: Incarnation(try reader.fixed()),
                    last: try reader.sequence(),
                    sealedFlush: try reader.flag() ? try reader.varint() : nil,
                    accepted: try reader.tally(),
                    isDrained: try reader.flag(),
                    trouble: kind == 7 ? try reader.text() : nil
                )
            )
        case 2:
            return .commit(try Commit(decoding: &reader))
        case 3:
            return .lease(
                executor: try reader.name(),
                Incarnation(try reader.fixed()),
                max: try reader.number()
            )
        case 4:
            let executor = try reader.name()
            var results: [IntentResult] = []
            for _ in 0..<(try reader.count(each: 42)) { results.append(try IntentResult(decoding: &reader)) }
            return .report(executor: executor, results: results)
        case 5:
            return .admin(try AdminRequest(decoding: &reader))
        case 6:
            return .leave(try reader.name(), Incarnation(try reader.fixed()))
        case let kind:
            throw .invalid("control request kind \(kind)")
        }
    }
}

extension IntentResult {
    func encode(into writer: inout ByteWriter) {
        writer.uuid(intentID)
        writer.uuid(correlationID)
        writer.time(executedAt)
        writer.flag(success)
        writer.flag(errorMessage != nil)
        if let errorMessage { writer.text(errorMessage) }
        writer.signed(executionDuration.inMicroseconds)
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        self.init(
            intentID: try reader.uuid(),
            correlationID: try reader.uuid(),
            executedAt: try reader.time(),
            success: try reader.flag(),
            errorMessage: try reader.flag() ? try reader.text() : nil,
            executionDuration: .microseconds(try reader.signed())
        )
    }
}

extension ControlReply {
    public var encoded: [UInt8] {
        encodeMessage { writer in
            switch self {
            case .assigned(let assignment):
                writer.byte(0)
                assignment.encode(into: &writer)
            case .view(let view):
                writer.byte(1)
                view.encode(into: &writer)
            case .committed(let receipt):
                writer.byte(2)
                receipt.encode(into: &writer)
                if receipt.asksToPause { writer.field(1) { _ in } }
            case .wrongEpoch(let epoch):
                writer.byte(3)
                writer.epoch(epoch)
            case .leased(let intents):
                writer.byte(4)
                writer.count(intents.count)
                for intent in intents {
                    writer.uuid(intent.id)
                    writer.uuid(intent.correlationID)
                    writer.text(intent.topic)
                    writer.blob(intent.json)
                    writer.count(intent.attempt)
                }
            case .acknowledged:
                writer.byte(5)
            case .json(let json):
                writer.byte(6)
                writer.blob(json)
            case .refused(let why):
                writer.byte(7)
                writer.text(why)
            case .notFound(let what):
                writer.byte(8)
                writer.text(what)
            case .notLeader(let leader):
                writer.byte(9)
                writer.text(leader ?? "")
            case .forbidden(let why):
                writer.byte(10)
                writer.text(why)
            }
        }
    }

    public init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        self = try decodeMessage(bytes, Self.body, field: Self.field)
    }

    private static func field(_ reply: inout Self, _ tag: UInt64, _ reader: inout ByteReader) throws(DecodingFailure) {
        guard case .committed(var receipt) = reply, tag == 1 else { return }
        receipt.asksToPause = true
        reply = .committed(receipt)
    }

    private static func body(_ reader: inout ByteReader) throws(DecodingFailure) -> Self {
        switch try reader.byte() {
        case 0: return .assigned(try Assignment(decoding: &reader))
        case 1: return .view(try ClusterView(decoding: &reader))
        case 2: return .committed(try CommitReceipt(decoding: &reader))
        case 3: return .wrongEpoch(try reader.epoch())
        case 4:
            var intents: [LeasedIntent] = []
            for _ in 0..<(try reader.count(each: 35)) {
                intents.append(
                    LeasedIntent(
                        id: try reader.uuid(),
                        correlationID: try reader.uuid(),
                        topic: try reader.text(),
                        json: try reader.blob(),
                        attempt: try reader.number()
                    )
                )
            }
            return .leased(intents)
        case 5: return .acknowledged
        case 6: return .json(try reader.blob())
        case 7: return .refused(try reader.text())
        case 8: return .notFound(try reader.text())
        case 9:
            let leader = try reader.text()
            return .notLeader(leader: leader.isEmpty ? nil : leader)
        case 10: return .forbidden(try reader.text())
        case let kind: throw .invalid("control reply kind \(kind)")
        }
    }
}
