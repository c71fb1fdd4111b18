import WeirCore

extension Commit {
    func encode(into writer: inout ByteWriter) {
        writer.name(worker)
        writer.fixed(incarnation.value)
        writer.epoch(epoch)
        writer.varint(number.value)
        writer.count(inputs.count)
        for input in inputs {
            writer.name(input.ingest)
            writer.sequence(input.position)
            writer.optionalTime(input.newest)
            writer.flag(input.isIdle)
        }
        writer.count(panes.count)
        for pane in panes {
            writer.time(pane.start)
            writer.blob(pane.aggregate)
        }
        tally.encode(into: &writer)
        writer.count(quarantined.count)
        for entry in quarantined {
            writer.name(entry.ingest)
            writer.sequence(entry.sequence)
            entry.line.encode(into: &writer)
        }
        writer.count(answers.count)
        for answer in answers {
            writer.varint(answer.query)
            writer.flag(answer.json != nil)
            if let json = answer.json { writer.blob(json) }
        }
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        self.init(
            worker: try reader.name(),
            incarnation: Incarnation(try reader.fixed()),
            epoch: try reader.epoch(),
            number: CommitNumber(try reader.position())
        )
        for _ in 0..<(try reader.count(each: 4)) {
            inputs.append(
                Input(
                    ingest: try reader.name(),
                    position: try reader.sequence(),
                    newest: try reader.optionalTime(),
                    isIdle: try reader.flag()
                )
            )
        }
        for _ in 0..<(try reader.count(each: 9)) {
            panes.append(Pane(start: try reader.time(), aggregate: try reader.blob()))
        }
        tally = try Tally(decoding: &reader)
        for _ in 0..<(try reader.count(each: 6)) {
            quarantined.append(
                QuarantineEntry(
                    ingest: try reader.name(),
                    sequence: try reader.sequence(),
                    line: try QuarantinedLine(decoding: &reader)
                )
            )
        }
        for _ in 0..<(try reader.count(each: 2)) {
            let query = try reader.varint()
            answers.append(WorkflowAnswer(query: query, json: try reader.flag() ? try reader.blob() : nil))
        }
    }
}

extension Tally {
    func encode(into writer: inout ByteWriter) {
        writer.count(counted)
        writer.count(duplicates)
        writer.count(impossibleTransitions)
        for reason in QuarantineReason.wireOrder { writer.count(quarantined[reason, default: 0]) }
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        self.init()
        counted = try reader.tally()
        duplicates = try reader.tally()
        impossibleTransitions = try reader.tally()
        for reason in QuarantineReason.wireOrder {
            let count = try reader.tally()
            if count > 0 { quarantined[reason] = count }
        }
    }
}

extension CommitReceipt {
    func encode(into writer: inout ByteWriter) {
        writer.varint(number.value)
        writer.optionalTime(watermark)
        writer.count(queries.count)
        for query in queries {
            writer.varint(query.query)
            switch query.subject {
            case .workflow(let id):
                writer.byte(0)
                writer.uuid(id)
            case .stuck(let before, let limit):
                writer.byte(1)
                writer.time(before)
                writer.count(limit)
            case .failed(let limit):
                writer.byte(2)
                writer.count(limit)
            }
        }
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        number = CommitNumber(try reader.position())
        watermark = try reader.optionalTime()
        asksToPause = false
        queries = []
        for _ in 0..<(try reader.count(each: 2)) {
            let query = try reader.varint()
            switch try reader.byte() {
            case 0: queries.append(WorkflowQuery(query: query, subject: .workflow(try reader.uuid())))
            case 1:
                queries.append(
                    WorkflowQuery(
                        query: query,
                        subject: .stuck(before: try reader.time(), limit: try reader.number())
                    )
                )
            case 2: queries.append(WorkflowQuery(query: query, subject: .failed(limit: try reader.number())))
            case let kind: throw .invalid("workflow query kind \(kind)")
            }
        }
    }
}
