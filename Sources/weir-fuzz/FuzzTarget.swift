import ArgumentParser
import Foundation
import WeirCluster
import WeirCore
import WeirParser
import WeirStorage
import WeirWire

/// What takes bytes from outside, and what must hold for it whatever the bytes.
enum FuzzTarget: String, CaseIterable, ExpressibleByArgument {
    /// The parser of events: ends, in bounds, and accounts for every line.
    case parser
    /// Whether a line is JSON: agrees with Foundation.
    case json
    /// Frames and their parts: what is read is written as the same bytes.
    case frame
    /// Messages between nodes: likewise.
    case message
    /// The journal: what was synced and is not damaged comes back, and opening it again finds the same.
    case journal

    /// Inputs that mutations start from.
    var seeds: [[UInt8]] {
        switch self {
        case .parser, .json:
            [
                #"{"event_type":"CODEGEN_STARTED","event_id":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","correlation_id":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","workflow_id":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","timestamp":"2026-11-03T00:00:01.5Z"}"#,
                #"{"event_type":"CODEGEN_FAILED","event_id":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","correlation_id":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","workflow_id":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","timestamp":"2026-11-03T00:00:01Z","failed_stage":"a\u00e9\ud83d\ude00","error_code":"E","partial_duration_seconds":1.5e-3,"is_retryable":true}"#,
                #"{"envelope_version":"1","payload":{"a":[1,-0,2.5E+3,null,true,{"b":"\"\\\/\b\f\n\r\t"}]}}"#,
                #"[{},[],"",0]"#,
            ].map { Array($0.utf8) }
        case .frame:
            [
                Frame(
                    receivedAt: EventTime(microseconds: 1),
                    source: "nng",
                    placement: 7,
                    parts: [.init(worker: 1, bytes: FramePart().encoded), .init(worker: 2, bytes: [1, 2, 3])]
                ).encoded,
                FramePart(
                    lines: [],
                    refused: [
                        .init(
                            shard: ShardID(3),
                            line: QuarantinedLine(reason: .malformedJSON, detail: "d", line: 1, bytes: [0x7B])
                        )
                    ]
                ).encoded,
            ]
        case .message:
            [
                ControlRequest.admin(.status).encoded,
                ControlRequest.admin(.windows(WindowQuery(limit: 5))).encoded,
                ControlRequest.commit(
                    Commit(
                        worker: NodeName("w")!,
                        incarnation: Incarnation(1),
                        epoch: Epoch(2),
                        number: CommitNumber(3),
                        inputs: [
                            .init(ingest: NodeName("i")!, position: FrameSequence(4), newest: nil, isIdle: false)
                        ],
                        panes: [.init(start: EventTime(microseconds: 0), aggregate: [1])]
                    )
                ).encoded,
                ControlReply.refused("no").encoded,
                Delivery(
                    epoch: Epoch(1),
                    ingest: NodeName("i")!,
                    previous: .none,
                    parts: [],
                    through: .none,
                    newest: nil,
                    isIdle: true
                ).encoded,
                DeliveryReply.gap(expected: FrameSequence(9)).encoded,
                WireRefusal(reason: "no").encoded,
            ]
        case .journal:
            [[0, 1, 2, 3, 4, 5, 6, 7], [9, 200, 3], []]
        }
    }

    /// Runs one input. Returns what does not hold; nil when all is well.
    func check(_ bytes: [UInt8], _ random: inout FuzzRandom) -> String? {
        switch self {
        case .parser: checkParser(bytes)
        case .json: checkJSON(bytes)
        case .frame: checkFrame(bytes)
        case .message: checkMessages(bytes)
        case .journal: checkJournal(bytes, &random)
        }
    }

    private func checkParser(_ bytes: [UInt8]) -> String? {
        var parser = EventParser(limits: ParserLimits())
        for isArray in [false, true] {
            var batch = ParsedBatch()
            bytes.withUnsafeBytes { bytes in
                if isArray { parser.parseArray(bytes, into: &batch) } else { parser.parse(bytes, into: &batch) }
            }
            guard batch.spans.count == batch.columns.count else { return "spans and rows differ in number" }
            for span in batch.spans where span.offset < 0 || span.offset + span.count > bytes.count {
                return "a span is out of bounds"
            }
            // What the parser lets through, the decoder of frames has to take.
            if (try? FramePart(decoding: FramePart(columns: batch.columns).encoded)) == nil {
                return "the columns are not valid"
            }
        }
        return nil
    }

    private func checkJSON(_ bytes: [UInt8]) -> String? {
        // One object on one line, as events are; Foundation takes byte order marks and other encodings than UTF-8, and limits depth.
        guard bytes.first == 0x7B, !bytes.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }), bytes.count < 4000,
            bytes.count(where: { $0 == 0x5B || $0 == 0x7B }) < 200
        else { return nil }
        var batch = ParsedBatch()
        var parser = EventParser(limits: ParserLimits())
        bytes.withUnsafeBytes { parser.parse($0, into: &batch) }
        let isRefused = batch.quarantined.contains { $0.reason == .malformedJSON }
        let isJSON =
            String(validating: bytes, as: UTF8.self) != nil
            && (try? JSONSerialization.jsonObject(with: Data(bytes))) is [String: Any]
        if isJSON, isRefused { return "Foundation takes it for JSON: \(batch.quarantined.first?.detail ?? "")" }
        if !batch.columns.isEmpty, !isJSON { return "an event is counted that Foundation takes for no JSON" }
        return nil
    }

    private func checkFrame(_ bytes: [UInt8]) -> String? {
        if let frame = try? Frame(decoding: bytes) {
            let again = try? Frame(decoding: frame.encoded)
            if again != frame { return "a frame does not come back equal" }
        }
        if let part = try? FramePart(decoding: bytes) {
            let encoded = part.encoded
            guard let again = try? FramePart(decoding: encoded), again.encoded == encoded else {
                return "a frame part does not come back equal"
            }
        }
        _ = try? WindowAggregate(decoding: bytes, limits: AggregateLimits())
        return nil
    }

    private func checkMessages(_ bytes: [UInt8]) -> String? {
        if let message = try? ControlRequest(decoding: bytes),
            (try? ControlRequest(decoding: message.encoded)) != message
        {
            return "a control request does not come back equal"
        }
        if let message = try? ControlReply(decoding: bytes), (try? ControlReply(decoding: message.encoded)) != message {
            return "a control reply does not come back equal"
        }
        if let message = try? Delivery(decoding: bytes), (try? Delivery(decoding: message.encoded)) != message {
            return "a delivery does not come back equal"
        }
        if let message = try? DeliveryReply(decoding: bytes), (try? DeliveryReply(decoding: message.encoded)) != message
        {
            return "a delivery reply does not come back equal"
        }
        _ = WireRefusal(bytes)
        return nil
    }

    /// Writes frames, breaks the files as the random numbers say, and opens the journal again.
    private func checkJournal(_ bytes: [UInt8], _ random: inout FuzzRandom) -> String? {
        let directory = FileManager.default.temporaryDirectory.appending(path: "weir-fuzz-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        do {
            var written: [UInt64: [UInt8]] = [:]
            do {
                let journal = try Journal(directory: directory, limits: JournalLimits())
                for sequence in 1...UInt64(1 + random.below(6)) {
                    let payload =
                        bytes + [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: random.below(200))
                    written[sequence] = payload
                    try journal.append([
                        JournalledFrame(sequence: FrameSequence(sequence), newest: nil, payload: payload)
                    ])
                }
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            if let file = files.last, random.below(4) > 0 {
                let path = directory + "/" + file
                var content = Array(try Data(contentsOf: URL(filePath: path)))
                random.mutate(&content)
                try Data(content).write(to: URL(filePath: path))
            }
            let recovered = try Journal(directory: directory, limits: JournalLimits())
            let frames = try recovered.read(from: FrameSequence(1)).frames
            for frame in frames where written[frame.sequence.value] != frame.payload {
                return "frame \(frame.sequence.value) came back with other bytes"
            }
            let last = recovered.last
            let again = try Journal(directory: directory, limits: JournalLimits())
            if again.last != last { return "opening again finds another end" }
            return nil
        } catch {
            return "the journal can't be opened: \(error)"
        }
    }
}
