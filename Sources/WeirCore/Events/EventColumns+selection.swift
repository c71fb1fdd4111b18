extension EventColumns {
    /// Appends row `row` of `source`, whose payload is at `payload` of its kind's columns. O(1) plus a dictionary look-up for each
    /// text.
    ///
    /// - Parameter codes: translates codes of `source` to codes here; made by ``CodeTranslation/init()`` and used for one source.
    public mutating func append(
        _ row: Int,
        payload: Int,
        of source: EventColumns,
        translating codes: inout CodeTranslation
    ) {
        let kind = source.kinds[row]
        kinds.append(kind)
        times.append(source.times[row])
        eventIDs.append(source.eventIDs[row])
        workflowIDs.append(source.workflowIDs[row])
        correlationIDs.append(source.correlationIDs[row])
        switch kind {
        case EventKind.stageCompleted.rawValue:
            stages.stage.append(
                codes.stage.translate(source.stages.stage[payload], from: source.stageKeys, to: &stageKeys)
            )
            stages.number.append(source.stages.number[payload])
            stages.success.append(source.stages.success[payload])
            stages.duration.append(source.stages.duration[payload])
        case EventKind.completed.rawValue:
            completions.duration.append(source.completions.duration[payload])
            completions.quality.append(source.completions.quality[payload])
            completions.coverage.append(source.completions.coverage[payload])
            completions.complexity.append(source.completions.complexity[payload])
            completions.cost.append(source.completions.cost[payload])
            completions.tokens.append(source.completions.tokens[payload])
            completions.patterns.append(source.completions.patterns[payload])
            completions.nodeType.append(
                codes.nodeType.translate(
                    source.completions.nodeType[payload],
                    from: source.nodeTypeKeys,
                    to: &nodeTypeKeys
                )
            )
            completions.model.append(
                codes.model.translate(source.completions.model[payload], from: source.modelKeys, to: &modelKeys)
            )
        case EventKind.failed.rawValue:
            failures.stage.append(
                codes.stage.translate(source.failures.stage[payload], from: source.stageKeys, to: &stageKeys)
            )
            failures.errorCode.append(
                codes.errorCode.translate(
                    source.failures.errorCode[payload],
                    from: source.errorCodeKeys,
                    to: &errorCodeKeys
                )
            )
            failures.partialDuration.append(source.failures.partialDuration[payload])
            failures.retryable.append(source.failures.retryable[payload])
        default:
            break
        }
    }
}

/// Codes of one batch's dictionaries in another's, filled as they are met.
public struct CodeTranslation: Sendable {
    struct Column: Sendable {
        /// Target code + 1 by source code, 0 for unknown.
        private var known: [UInt32] = []

        mutating func translate(_ code: UInt32, from source: KeyDictionary, to target: inout KeyDictionary) -> UInt32 {
            if known.isEmpty { known = [UInt32](repeating: 0, count: source.count) }
            let found = known[Int(code)]
            if found != 0 { return found - 1 }
            let new = target.code(of: source.keys[Int(code)])
            known[Int(code)] = new + 1
            return new
        }
    }

    var stage = Column()
    var model = Column()
    var nodeType = Column()
    var errorCode = Column()

    public init() {}
}
