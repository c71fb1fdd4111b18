/// Positions in a window's groups of the keys of one batch, by dictionary code: a key is looked up once a batch and pane
/// instead of once an event, and only when an event uses it.
struct BatchPositions: Sendable {
    static let unknown = Int.min

    var stages: [Int]
    var models: [Int]
    var nodeTypes: [Int]
    var errorCodes: [Int]

    init(_ columns: EventColumns) {
        stages = [Int](repeating: Self.unknown, count: columns.stageKeys.count)
        models = [Int](repeating: Self.unknown, count: columns.modelKeys.count)
        nodeTypes = [Int](repeating: Self.unknown, count: columns.nodeTypeKeys.count)
        errorCodes = [Int](repeating: Self.unknown, count: columns.errorCodeKeys.count)
    }
}

extension WindowAggregate {
    /// Adds the rows of one pane of a batch. Groups are pruned before and never while they are added, so that positions stay valid.
    mutating func add(_ columns: EventColumns, hashes: [UInt64], _ place: Int, of rows: inout PaneRows) {
        stages.pruneIfLarge()
        models.pruneIfLarge()
        nodeTypes.pruneIfLarge()
        errorCodes.pruneIfLarge()
        var positions = BatchPositions(columns)
        workflows.add(
            columns.workflowIDs.span,
            hashes: hashes.span,
            at: rows.order.span.extracting(rows.range(of: place))
        )
        started &+= rows.range(of: place, .started).count
        for index in rows.range(of: place, .completed) {
            let row = Int(rows.order[index])
            let payload = Int(rows.payloads[row])
            addCompleted(columns, payload, columns.workflowIDs[row], columns.eventIDs[row], &positions)
        }
        for index in rows.range(of: place, .failed) {
            addFailed(columns, Int(rows.payloads[Int(rows.order[index])]), &positions)
        }
        let stageRows = rows.range(of: place, .stageCompleted)
        if !stageRows.isEmpty {
            stageCompleted &+= stageRows.count
            rows.sortStages(of: place, columns)
            addStages(columns, hashes, rows, &positions)
        }
    }

    private mutating func addStages(
        _ columns: EventColumns,
        _ hashes: [UInt64],
        _ rows: PaneRows,
        _ positions: inout BatchPositions
    ) {
        for code in 0..<columns.stageKeys.count {
            let mine = Int(rows.stageStarts[code])..<Int(rows.stageStarts[code + 1])
            if mine.isEmpty { continue }
            let position = Self.position(&positions.stages, UInt32(code), columns.stageKeys, &stages)
            stages.update(at: position) { stage in
                stage.add(
                    columns.stages.duration.span,
                    at: rows.stagePayloads.span.extracting(mine),
                    of: columns.workflowIDs.span,
                    hashes: hashes.span,
                    at: rows.stageRows.span.extracting(mine)
                )
            }
        }
    }

    @inline(__always)
    private mutating func addCompleted(
        _ columns: EventColumns,
        _ payload: Int,
        _ workflow: UUID128,
        _ event: UUID128,
        _ positions: inout BatchPositions
    ) {
        completed &+= 1
        let completions = columns.completions
        let seconds = completions.duration[payload]
        let score = completions.quality[payload]
        let usd = completions.cost[payload]
        let tokenCount = completions.tokens[payload]
        duration.add(seconds)
        durations.add(seconds)
        if seconds < durationMin { durationMin = seconds }
        if seconds > durationMax { durationMax = seconds }
        quality.add(score)
        cost.add(usd)
        tokens &+= Int128(tokenCount)
        let covered = completions.coverage[payload]
        if !covered.isNaN {
            coverage.add(covered)
            coverageCount &+= 1
        }
        let complex = completions.complexity[payload]
        if !complex.isNaN {
            complexity.add(complex)
            complexityCount &+= 1
        }
        let patternCount = completions.patterns[payload]
        if patternCount > 0 {
            intelligenceEnabled &+= 1
            patterns &+= Int(patternCount)
        }
        let ranked = RankedWorkflow(
            workflowID: workflow,
            eventID: event,
            duration: seconds,
            tokens: tokenCount,
            cost: usd
        )
        topByCost.add(ranked)
        topByDuration.add(ranked)

        let qualityBucket = Self.bucket(of: score, edges: limits.qualityEdges)
        qualityBuckets[qualityBucket].generations &+= 1
        qualityBuckets[qualityBucket].duration.add(seconds)
        qualityBuckets[qualityBucket].cost.add(usd)
        let costBucket = Self.bucket(of: usd, edges: limits.costEdges)
        costBuckets[costBucket].generations &+= 1
        costBuckets[costBucket].duration.add(seconds)
        costBuckets[costBucket].quality.add(score)

        let model = Self.position(&positions.models, completions.model[payload], columns.modelKeys, &models)
        models.update(at: model) { model in
            model.generations &+= 1
            model.duration.add(seconds)
            model.quality.add(score)
            model.tokens &+= Int128(tokenCount)
            model.cost.add(usd)
        }
        let nodeType = Self.position(
            &positions.nodeTypes,
            completions.nodeType[payload],
            columns.nodeTypeKeys,
            &nodeTypes
        )
        nodeTypes.update(at: nodeType) { nodeType in
            nodeType.generations &+= 1
            nodeType.duration.add(seconds)
            nodeType.quality.add(score)
        }
    }

    @inline(__always)
    private mutating func addFailed(_ columns: EventColumns, _ payload: Int, _ positions: inout BatchPositions) {
        failed &+= 1
        let stage = Self.position(&positions.stages, columns.failures.stage[payload], columns.stageKeys, &stages)
        stages.update(at: stage) { $0.failed &+= 1 }
        let code = Self.position(
            &positions.errorCodes,
            columns.failures.errorCode[payload],
            columns.errorCodeKeys,
            &errorCodes
        )
        errorCodes.update(at: code) { $0.failures &+= 1 }
    }

    @inline(__always)
    private static func position<Value>(
        _ known: inout [Int],
        _ code: UInt32,
        _ keys: KeyDictionary,
        _ groups: inout GroupTable<Value>
    ) -> Int {
        let position = known[Int(code)]
        if position != BatchPositions.unknown { return position }
        let found = groups.position(of: keys.keys[Int(code)], hash: keys.hashes[Int(code)])
        known[Int(code)] = found
        return found
    }

    /// The last bucket whose lower edge is not above the value.
    @inline(__always)
    private static func bucket(of value: Double, edges: [Double]) -> Int {
        var bucket = edges.count &- 1
        while bucket > 0, value < edges[bucket] { bucket &-= 1 }
        return bucket
    }
}
