/// Positions in a window's groups of the keys of one batch, by dictionary code: a key is looked up once a batch and pane
/// instead of once an event, and only when an event uses it.
struct BatchPositions: Sendable {
    static let unknown = Int.min

    var isReady = false
    var stages: [Int] = []
    var models: [Int] = []
    var nodeTypes: [Int] = []
    var errorCodes: [Int] = []
}

// The per-event path. Everything here is inlined into `PaneTable.add`.
extension WindowAggregate {
    /// Makes room for the batch's keys. Groups are pruned here and never while a batch is being added, so that positions stay
    /// valid.
    mutating func prepare(_ positions: inout BatchPositions, for columns: EventColumns) {
        stages.pruneIfLarge()
        models.pruneIfLarge()
        nodeTypes.pruneIfLarge()
        errorCodes.pruneIfLarge()
        positions.isReady = true
        positions.stages = [Int](repeating: BatchPositions.unknown, count: columns.stageKeys.count)
        positions.models = [Int](repeating: BatchPositions.unknown, count: columns.modelKeys.count)
        positions.nodeTypes = [Int](repeating: BatchPositions.unknown, count: columns.nodeTypeKeys.count)
        positions.errorCodes = [Int](repeating: BatchPositions.unknown, count: columns.errorCodeKeys.count)
    }

    /// Adds one event.
    @inline(__always)
    mutating func add(
        _ columns: EventColumns,
        row: Int,
        payload: Int,
        kind: UInt8,
        workflowHash: UInt64,
        positions: inout BatchPositions
    ) {
        let workflow = columns.workflowIDs[row]
        workflows.add(workflow, hash: workflowHash)
        switch kind {
        case EventKind.started.rawValue:
            started &+= 1
        case EventKind.stageCompleted.rawValue:
            addStage(columns, payload, workflow, workflowHash, &positions)
        case EventKind.completed.rawValue:
            addCompleted(columns, payload, workflow, columns.eventIDs[row], &positions)
        default:
            addFailed(columns, payload, &positions)
        }
    }

    @inline(__always)
    private mutating func addStage(
        _ columns: EventColumns,
        _ payload: Int,
        _ workflow: UUID128,
        _ workflowHash: UInt64,
        _ positions: inout BatchPositions
    ) {
        stageCompleted &+= 1
        let position = Self.position(&positions.stages, columns.stages.stage[payload], columns.stageKeys, &stages)
        let seconds = columns.stages.duration[payload]
        stages.update(at: position) { stage in
            stage.completed &+= 1
            stage.duration.add(seconds)
            stage.durations.add(seconds)
            stage.workflows.add(workflow, hash: workflowHash)
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
