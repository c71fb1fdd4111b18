import CSimdjson
import WeirCore

/// The rules of SPEC 1: a raw event becomes a row, or a reason why not. Fields are checked in the order of the SPEC's table, and nothing
/// is appended before all are right.
///
/// Hot: once an event.
enum EventValidator {
    /// Appends the event, or says why it can't be counted.
    ///
    /// - Parameters:
    ///   - span: where its line stands.
    ///   - rows: with room for one more.
    ///   - columns: where the rows will go; their dictionaries get the event's texts.
    @inline(__always)
    static func append(
        _ event: RawEvent,
        at span: LineSpan,
        reading timestamps: inout TimestampReader,
        to rows: inout RowBuffer,
        _ columns: inout EventColumns
    ) -> Refusal? {
        guard let kind = kind(of: event[WEIR_EVENT_TYPE]) else {
            return Refusal(
                .unknownEventType,
                "event_type: \(event[WEIR_EVENT_TYPE].shown) is not one of the four kinds"
            )
        }
        guard let eventID = event.id(WEIR_EVENT_ID) else { return notUUID("event_id", event[WEIR_EVENT_ID]) }
        guard let correlationID = event.id(WEIR_CORRELATION_ID) else {
            return notUUID("correlation_id", event[WEIR_CORRELATION_ID])
        }
        guard let workflowID = event.id(WEIR_WORKFLOW_ID) else {
            return notUUID("workflow_id", event[WEIR_WORKFLOW_ID])
        }
        guard let time = event[WEIR_TIMESTAMP].utf8.flatMap({ timestamps.read($0) }) else {
            return refuse("timestamp", event[WEIR_TIMESTAMP], "is not an RFC 3339 date and time")
        }
        let refusal: Refusal? =
            switch kind {
            case .started: nil
            case .stageCompleted: appendStage(event, &rows, &columns)
            case .completed: appendCompleted(event, &rows, &columns)
            case .failed: appendFailed(event, &rows, &columns)
            }
        if let refusal { return refusal }
        rows.append(kind, at: time, event: eventID, workflow: workflowID, correlation: correlationID, span: span)
        return nil
    }

    @inline(__always)
    private static func appendStage(
        _ event: RawEvent,
        _ rows: inout RowBuffer,
        _ columns: inout EventColumns
    ) -> Refusal? {
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
        rows.appendStage(
            columns.stageKeys.code(of: stage),
            number: UInt8(number.integer),
            success: UInt8(success.integer),
            duration: seconds
        )
        return nil
    }

    @inline(__always)
    private static func appendCompleted(
        _ event: RawEvent,
        _ rows: inout RowBuffer,
        _ columns: inout EventColumns
    ) -> Refusal? {
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
        rows.appendCompletion(
            duration: seconds,
            quality: quality,
            coverage: coverage,
            complexity: complexity,
            cost: cost,
            tokens: tokens.integer,
            patterns: patterns.has(WEIR_JSON_TEXTS) ? patterns.length : 0,
            nodeType: columns.nodeTypeKeys.code(of: nodeType),
            model: columns.modelKeys.code(of: model)
        )
        return nil
    }

    @inline(__always)
    private static func appendFailed(
        _ event: RawEvent,
        _ rows: inout RowBuffer,
        _ columns: inout EventColumns
    ) -> Refusal? {
        guard let stage = key(event[WEIR_FAILED_STAGE]) else { return notKey("failed_stage", event[WEIR_FAILED_STAGE]) }
        guard let code = key(event[WEIR_ERROR_CODE]) else { return notKey("error_code", event[WEIR_ERROR_CODE]) }
        let duration = event[WEIR_PARTIAL_DURATION_SECONDS]
        guard let seconds = amount(duration) else { return notAmount("partial_duration_seconds", duration) }
        let retryable = event[WEIR_IS_RETRYABLE]
        rows.appendFailure(
            columns.stageKeys.code(of: stage),
            errorCode: columns.errorCodeKeys.code(of: code),
            partialDuration: seconds,
            retryable: retryable.has(WEIR_JSON_BOOL) && retryable.integer == 1 ? 1 : 0
        )
        return nil
    }

    // MARK: - Rules

    @inline(__always)
    private static func kind(of field: weir_json_field) -> EventKind? {
        guard let text = field.utf8 else { return nil }
        let kind: EventKind
        switch text.count {
        case 23: kind = .stageCompleted
        case 15: kind = .started
        case 17: kind = .completed
        case 14: kind = .failed
        default: return nil
        }
        return matches(text, kind.staticName) ? kind : nil
    }

    /// Texts of 8 bytes at least.
    @inline(__always)
    private static func matches(_ text: UnsafeBufferPointer<UInt8>, _ name: StaticString) -> Bool {
        let left = UnsafeRawPointer(text.baseAddress!)
        let right = UnsafeRawPointer(name.utf8Start)
        func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
            base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        }
        // The last two words overlap.
        let last = text.count &- 8
        let middle = min(8, last)
        return (word(left, 0) ^ word(right, 0)) | (word(left, middle) ^ word(right, middle))
            | (word(left, last) ^ word(right, last)) == 0
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
