import CSimdjson
import WeirCore

/// The rules of SPEC 1: a raw event becomes a row of columns, or a reason why not. Fields are checked in the order of the SPEC's
/// table, and nothing is appended before all are right.
///
/// Hot: once an event.
enum EventValidator {
    /// Appends the event, or says why it can't be counted.
    static func append(_ event: RawEvent, to columns: inout EventColumns) -> Refusal? {
        guard let kind = kind(of: event[WEIR_EVENT_TYPE]) else {
            return Refusal(
                .unknownEventType,
                "event_type: \(event[WEIR_EVENT_TYPE].shown) is not one of the four kinds"
            )
        }
        guard let eventID = event[WEIR_EVENT_ID].utf8.flatMap({ UUID128(utf8: $0) }) else {
            return notUUID("event_id", event[WEIR_EVENT_ID])
        }
        guard let correlationID = event[WEIR_CORRELATION_ID].utf8.flatMap({ UUID128(utf8: $0) }) else {
            return notUUID("correlation_id", event[WEIR_CORRELATION_ID])
        }
        guard let workflowID = event[WEIR_WORKFLOW_ID].utf8.flatMap({ UUID128(utf8: $0) }) else {
            return notUUID("workflow_id", event[WEIR_WORKFLOW_ID])
        }
        guard let time = event[WEIR_TIMESTAMP].utf8.flatMap({ EventTime(utf8: $0) }) else {
            return refuse("timestamp", event[WEIR_TIMESTAMP], "is not an RFC 3339 date and time")
        }
        let refusal: Refusal? =
            switch kind {
            case .started: nil
            case .stageCompleted: appendStage(event, &columns)
            case .completed: appendCompleted(event, &columns)
            case .failed: appendFailed(event, &columns)
            }
        if let refusal { return refusal }
        columns.kinds.append(kind.rawValue)
        columns.times.append(time)
        columns.eventIDs.append(eventID)
        columns.workflowIDs.append(workflowID)
        columns.correlationIDs.append(correlationID)
        return nil
    }

    private static func appendStage(_ event: RawEvent, _ columns: inout EventColumns) -> Refusal? {
        let name = event[WEIR_STAGE_NAME]
        guard let stage = key(name) else { return notKey("stage_name", name) }
        let number = event[WEIR_STAGE_NUMBER]
        guard number.has(WEIR_JSON_INT), number.integer >= 1, number.integer <= 8 else {
            return refuse("stage_number", number, "is not an integer in 1…8")
        }
        let duration = event[WEIR_DURATION_SECONDS]
        guard let seconds = amount(duration) else { return notAmount("duration_seconds", duration) }
        let success = event[WEIR_SUCCESS]
        guard success.has(WEIR_JSON_BOOL) else { return refuse("success", success, "is not true or false") }
        columns.stages.stage.append(columns.stageKeys.code(of: stage))
        columns.stages.number.append(UInt8(number.integer))
        columns.stages.success.append(UInt8(success.integer))
        columns.stages.duration.append(seconds)
        return nil
    }

    private static func appendCompleted(_ event: RawEvent, _ columns: inout EventColumns) -> Refusal? {
        let duration = event[WEIR_TOTAL_DURATION_SECONDS]
        guard let seconds = amount(duration) else { return notAmount("total_duration_seconds", duration) }
        guard let nodeType = key(event[WEIR_NODE_TYPE]) else { return notKey("node_type", event[WEIR_NODE_TYPE]) }
        guard let model = key(event[WEIR_PRIMARY_MODEL]) else {
            return notKey("primary_model", event[WEIR_PRIMARY_MODEL])
        }
        guard let quality = share(event[WEIR_QUALITY_SCORE]) else {
            return refuse("quality_score", event[WEIR_QUALITY_SCORE], "is not a number in 0…1")
        }
        var coverage = Double.nan
        if !isMissing(event[WEIR_TEST_COVERAGE]) {
            guard let value = share(event[WEIR_TEST_COVERAGE]) else {
                return refuse("test_coverage", event[WEIR_TEST_COVERAGE], "is neither null nor a number in 0…1")
            }
            coverage = value
        }
        var complexity = Double.nan
        if !isMissing(event[WEIR_COMPLEXITY_SCORE]) {
            guard let value = event[WEIR_COMPLEXITY_SCORE].double, value.magnitude < EventLimits.magnitudeBelow else {
                return refuse(
                    "complexity_score",
                    event[WEIR_COMPLEXITY_SCORE],
                    "is neither null nor a finite number of a magnitude below 2^63"
                )
            }
            complexity = value
        }
        let patterns = event[WEIR_PATTERNS_APPLIED]
        guard patterns.has(WEIR_JSON_ABSENT) || patterns.has(WEIR_JSON_TEXTS) else {
            return refuse("patterns_applied", patterns, "is not a list of texts")
        }
        let tokens = event[WEIR_TOTAL_TOKENS]
        guard tokens.has(WEIR_JSON_INT), tokens.integer >= 0 else {
            return refuse("total_tokens", tokens, "is not an integer in 0…\(EventLimits.tokensMax)")
        }
        guard let cost = amount(event[WEIR_TOTAL_COST_USD]) else {
            return notAmount("total_cost_usd", event[WEIR_TOTAL_COST_USD])
        }
        columns.completions.duration.append(seconds)
        columns.completions.quality.append(quality)
        columns.completions.coverage.append(coverage)
        columns.completions.complexity.append(complexity)
        columns.completions.cost.append(cost)
        columns.completions.tokens.append(tokens.integer)
        columns.completions.patterns.append(patterns.has(WEIR_JSON_TEXTS) ? patterns.length : 0)
        columns.completions.nodeType.append(columns.nodeTypeKeys.code(of: nodeType))
        columns.completions.model.append(columns.modelKeys.code(of: model))
        return nil
    }

    private static func appendFailed(_ event: RawEvent, _ columns: inout EventColumns) -> Refusal? {
        guard let stage = key(event[WEIR_FAILED_STAGE]) else { return notKey("failed_stage", event[WEIR_FAILED_STAGE]) }
        guard let code = key(event[WEIR_ERROR_CODE]) else { return notKey("error_code", event[WEIR_ERROR_CODE]) }
        let duration = event[WEIR_PARTIAL_DURATION_SECONDS]
        guard let seconds = amount(duration) else { return notAmount("partial_duration_seconds", duration) }
        let retryable = event[WEIR_IS_RETRYABLE]
        columns.failures.stage.append(columns.stageKeys.code(of: stage))
        columns.failures.errorCode.append(columns.errorCodeKeys.code(of: code))
        columns.failures.partialDuration.append(seconds)
        columns.failures.retryable.append(retryable.has(WEIR_JSON_BOOL) && retryable.integer == 1 ? 1 : 0)
        return nil
    }

    // MARK: - Rules

    private static func kind(of field: weir_json_field) -> EventKind? {
        guard let text = field.utf8 else { return nil }
        switch text.count {
        case 23: return matches(text, "CODEGEN_STAGE_COMPLETED") ? .stageCompleted : nil
        case 15: return matches(text, "CODEGEN_STARTED") ? .started : nil
        case 17: return matches(text, "CODEGEN_COMPLETED") ? .completed : nil
        case 14: return matches(text, "CODEGEN_FAILED") ? .failed : nil
        default: return nil
        }
    }

    @inline(__always)
    private static func matches(_ text: UnsafeBufferPointer<UInt8>, _ name: StaticString) -> Bool {
        for index in 0..<text.count where text[index] != name.utf8Start[index] { return false }
        return true
    }

    /// A non-empty text within the limit.
    @inline(__always)
    private static func key(_ field: weir_json_field) -> UnsafeBufferPointer<UInt8>? {
        guard let text = field.utf8, text.count > 0, text.count <= EventLimits.keyBytesMax else { return nil }
        return text
    }

    /// A finite number ≥ 0, below 2⁶³.
    @inline(__always)
    private static func amount(_ field: weir_json_field) -> Double? {
        guard let value = field.double, value >= 0, value < EventLimits.magnitudeBelow else { return nil }
        return value
    }

    @inline(__always)
    private static func share(_ field: weir_json_field) -> Double? {
        guard let value = field.double, value >= 0, value <= 1 else { return nil }
        return value
    }

    @inline(__always)
    private static func isMissing(_ field: weir_json_field) -> Bool {
        field.has(WEIR_JSON_ABSENT) || field.has(WEIR_JSON_NULL)
    }

    // MARK: - Refusals

    private static func refuse(_ name: String, _ field: weir_json_field, _ rule: String) -> Refusal {
        Refusal(
            .validationError,
            field.has(WEIR_JSON_ABSENT) ? "\(name): is missing" : "\(name): \(field.shown) \(rule)"
        )
    }

    private static func notUUID(_ name: String, _ field: weir_json_field) -> Refusal {
        refuse(name, field, "is not a UUID of the form 8-4-4-4-12")
    }

    private static func notKey(_ name: String, _ field: weir_json_field) -> Refusal {
        refuse(name, field, "is not a text of 1…\(EventLimits.keyBytesMax) bytes")
    }

    private static func notAmount(_ name: String, _ field: weir_json_field) -> Refusal {
        refuse(name, field, "is not a finite number ≥ 0 and below 2^63")
    }
}
