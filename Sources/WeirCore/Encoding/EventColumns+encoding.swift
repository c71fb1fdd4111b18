extension EventColumns {
    /// The binary form: counts, dictionaries, then the columns as they lie in memory. O(bytes), one copy a column.
    public func encode(into writer: inout ByteWriter) {
        writer.reserve(count * 57 + stages.duration.count * 14 + completions.duration.count * 60 + 256)
        writer.count(count)
        writer.count(stages.duration.count)
        writer.count(completions.duration.count)
        writer.count(failures.errorCode.count)
        for keys in [stageKeys, modelKeys, nodeTypeKeys, errorCodeKeys] {
            writer.count(keys.count)
            for key in keys.keys { writer.text(key) }
        }
        writer.column(kinds)
        writer.column(times)
        writer.column(eventIDs)
        writer.column(workflowIDs)
        writer.column(correlationIDs)
        writer.column(stages.stage)
        writer.column(stages.number)
        writer.column(stages.success)
        writer.column(stages.duration)
        writer.column(completions.duration)
        writer.column(completions.quality)
        writer.column(completions.coverage)
        writer.column(completions.complexity)
        writer.column(completions.cost)
        writer.column(completions.tokens)
        writer.column(completions.patterns)
        writer.column(completions.nodeType)
        writer.column(completions.model)
        writer.column(failures.stage)
        writer.column(failures.errorCode)
        writer.column(failures.partialDuration)
        writer.column(failures.retryable)
    }

    /// The binary form of the rows of one owner, with the texts that they use. O(rows of the owner), one copy a column.
    public func encode(_ owner: Int, of partition: EventPartition, into writer: inout ByteWriter) {
        let rows = partition.rows(of: owner)
        let stageRows = partition.payloads(.stageCompleted, of: owner)
        let completionRows = partition.payloads(.completed, of: owner)
        let failureRows = partition.payloads(.failed, of: owner)
        writer.reserve(
            rows.count * 57 + stageRows.count * 14 + completionRows.count * 60 + failureRows.count * 17 + 1024
        )
        writer.count(rows.count)
        writer.count(stageRows.count)
        writer.count(completionRows.count)
        writer.count(failureRows.count)
        var stageCodes = UsedCodes(stageKeys)
        let stage = stageCodes.translate(stages.stage, at: stageRows)
        let failedStage = stageCodes.translate(failures.stage, at: failureRows)
        var modelCodes = UsedCodes(modelKeys)
        let model = modelCodes.translate(completions.model, at: completionRows)
        var nodeTypeCodes = UsedCodes(nodeTypeKeys)
        let nodeType = nodeTypeCodes.translate(completions.nodeType, at: completionRows)
        var errorCodes = UsedCodes(errorCodeKeys)
        let errorCode = errorCodes.translate(failures.errorCode, at: failureRows)
        stageCodes.encode(into: &writer)
        modelCodes.encode(into: &writer)
        nodeTypeCodes.encode(into: &writer)
        errorCodes.encode(into: &writer)
        writer.column(kinds, at: rows)
        writer.column(times, at: rows)
        writer.column(eventIDs, at: rows)
        writer.column(workflowIDs, at: rows)
        writer.column(correlationIDs, at: rows)
        writer.column(stage)
        writer.column(stages.number, at: stageRows)
        writer.column(stages.success, at: stageRows)
        writer.column(stages.duration, at: stageRows)
        writer.column(completions.duration, at: completionRows)
        writer.column(completions.quality, at: completionRows)
        writer.column(completions.coverage, at: completionRows)
        writer.column(completions.complexity, at: completionRows)
        writer.column(completions.cost, at: completionRows)
        writer.column(completions.tokens, at: completionRows)
        writer.column(completions.patterns, at: completionRows)
        writer.column(nodeType)
        writer.column(model)
        writer.column(failedStage)
        writer.column(errorCode)
        writer.column(failures.partialDuration, at: failureRows)
        writer.column(failures.retryable, at: failureRows)
    }

    /// The codes of a dictionary that some rows use, numbered anew in order of use.
    private struct UsedCodes {
        private let keys: KeyDictionary
        /// New code + 1 by code, 0 for one that was not used yet.
        private var renumbered: [UInt32]
        private var used: [UInt32] = []

        init(_ keys: KeyDictionary) {
            self.keys = keys
            renumbered = [UInt32](repeating: 0, count: keys.count)
        }

        mutating func translate(_ codes: [UInt32], at positions: ArraySlice<Int32>) -> [UInt32] {
            var translated: [UInt32] = []
            translated.reserveCapacity(positions.count)
            for position in positions {
                let code = codes[Int(position)]
                if renumbered[Int(code)] == 0 {
                    used.append(code)
                    renumbered[Int(code)] = UInt32(truncatingIfNeeded: used.count)
                }
                translated.append(renumbered[Int(code)] &- 1)
            }
            return translated
        }

        func encode(into writer: inout ByteWriter) {
            writer.count(used.count)
            for code in used { writer.text(keys.keys[Int(code)]) }
        }
    }

    /// Reads the binary form and checks every invariant of the columns, so that what follows need not.
    public init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        self.init()
        let rows = try reader.count()
        let stageRows = try reader.count()
        let completionRows = try reader.count()
        let failureRows = try reader.count()
        stageKeys = try Self.keys(&reader)
        modelKeys = try Self.keys(&reader)
        nodeTypeKeys = try Self.keys(&reader)
        errorCodeKeys = try Self.keys(&reader)
        kinds = try reader.column(rows)
        times = try reader.column(rows)
        eventIDs = try reader.column(rows)
        workflowIDs = try reader.column(rows)
        correlationIDs = try reader.column(rows)
        stages.stage = try reader.column(stageRows)
        stages.number = try reader.column(stageRows)
        stages.success = try reader.column(stageRows)
        stages.duration = try reader.column(stageRows)
        completions.duration = try reader.column(completionRows)
        completions.quality = try reader.column(completionRows)
        completions.coverage = try reader.column(completionRows)
        completions.complexity = try reader.column(completionRows)
        completions.cost = try reader.column(completionRows)
        completions.tokens = try reader.column(completionRows)
        completions.patterns = try reader.column(completionRows)
        completions.nodeType = try reader.column(completionRows)
        completions.model = try reader.column(completionRows)
        failures.stage = try reader.column(failureRows)
        failures.errorCode = try reader.column(failureRows)
        failures.partialDuration = try reader.column(failureRows)
        failures.retryable = try reader.column(failureRows)
        try validate()
    }

    private static func keys(_ reader: inout ByteReader) throws(DecodingFailure) -> KeyDictionary {
        var keys = KeyDictionary()
        let count = try reader.count()
        for code in 0..<count {
            guard keys.code(of: try reader.text()) == UInt32(code) else { throw .invalid("a key occurs twice") }
        }
        return keys
    }

    private func validate() throws(DecodingFailure) {
        var rows = [0, 0, 0, 0]
        for kind in kinds {
            guard kind < 4 else { throw .invalid("event kind \(kind)") }
            rows[Int(kind)] += 1
        }
        guard rows[1] == stages.duration.count, rows[2] == completions.duration.count,
            rows[3] == failures.errorCode.count
        else { throw .invalid("payload rows do not match the kinds of events") }
        guard times.allSatisfy({ $0 >= .earliest && $0 <= .latest }) else { throw .invalid("a time is out of range") }
        func codes(_ column: [UInt32], _ keys: KeyDictionary) throws(DecodingFailure) {
            let count = UInt32(keys.count)
            guard column.allSatisfy({ $0 < count }) else { throw .invalid("a key code is outside its dictionary") }
        }
        try codes(stages.stage, stageKeys)
        try codes(failures.stage, stageKeys)
        try codes(completions.model, modelKeys)
        try codes(completions.nodeType, nodeTypeKeys)
        try codes(failures.errorCode, errorCodeKeys)
        let bound = EventLimits.magnitudeBelow
        func amounts(_ column: [Double]) throws(DecodingFailure) {
            guard column.allSatisfy({ $0 >= 0 && $0 < bound }) else { throw .invalid("an amount is out of range") }
        }
        try amounts(stages.duration)
        try amounts(completions.duration)
        try amounts(completions.cost)
        try amounts(failures.partialDuration)
        guard completions.quality.allSatisfy({ $0 >= 0 && $0 <= 1 }),
            completions.coverage.allSatisfy({ $0.isNaN || ($0 >= 0 && $0 <= 1) }),
            completions.complexity.allSatisfy({ $0.isNaN || $0.magnitude < bound }),
            completions.tokens.allSatisfy({ $0 >= 0 })
        else { throw .invalid("a score or token count is out of range") }
    }
}
