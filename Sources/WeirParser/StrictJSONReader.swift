import CSimdjson

/// Reads a line by RFC 8259 to the letter, with no bound on numbers or nesting but the line's length: for the few lines that
/// simdjson gives up on though they may be valid (integers beyond 64 bits, doubles beyond their range, deep nesting). Iterative, so
/// that nesting costs one byte a level and no stack.
struct StrictJSONReader {
    /// Texts of the line's fields, unescaped; fields point into it.
    private var arena: [UInt8] = []

    /// A field with its text as a place in the arena.
    private struct Capture {
        var field = weir_json_field()
        var textOffset = 0
    }

    /// Fills `fields` as the fast path does. Returns a `weir_json_status`.
    mutating func read(_ line: UnsafeRawBufferPointer, into fields: UnsafeMutableBufferPointer<weir_json_field>)
        -> Int32
    {
        arena.removeAll(keepingCapacity: true)
        var scanner = JSONScanner(line)
        let empty = [Capture](repeating: Capture(), count: fields.count)
        var root = empty
        var payload: [Capture]?
        var isEnvelope = false
        scanner.skipBlank()
        guard scanner.peek == 0x7B else {
            return scanner.skipValue() && scanner.isAtEndAfterBlank
                ? Int32(WEIR_JSON_NOT_AN_OBJECT.rawValue) : Int32(WEIR_JSON_MALFORMED.rawValue)
        }
        let whole = readObject(&scanner, into: &root) { reader, scanner, key in
            if key == "envelope_version" { isEnvelope = true }
            guard key == "payload", scanner.peek == 0x7B else {
                if key == "payload" { payload = nil }
                return nil
            }
            var inner = empty
            let isWhole = reader.readObject(&scanner, into: &inner) { _, _, _ in nil }
            payload = inner
            return isWhole
        }
        guard whole, scanner.isAtEndAfterBlank else { return Int32(WEIR_JSON_MALFORMED.rawValue) }
        var captures = root
        if isEnvelope, let payload {
            captures = payload
            for slot in [Int(WEIR_EVENT_TYPE.rawValue), Int(WEIR_CORRELATION_ID.rawValue)]
            where captures[slot].field.has(WEIR_JSON_ABSENT) || captures[slot].field.has(WEIR_JSON_NULL) {
                captures[slot] = root[slot]
            }
        }
        arena.withUnsafeBufferPointer { texts in
            for slot in fields.indices {
                fields[slot] = captures[slot].field
                // The arena is not changed until the next line, and fields are read before that.
                if fields[slot].has(WEIR_JSON_STRING) {
                    fields[slot].text = texts.baseAddress.map { $0 + captures[slot].textOffset }
                }
            }
        }
        return Int32(WEIR_JSON_EVENT.rawValue)
    }

    /// Reads an object, whose `{` comes next. `special` may read the value of a key itself and say whether it was whole.
    private mutating func readObject(
        _ scanner: inout JSONScanner,
        into captures: inout [Capture],
        special: (inout StrictJSONReader, inout JSONScanner, String) -> Bool?
    ) -> Bool {
        guard scanner.take(0x7B) else { return false }
        scanner.skipBlank()
        if scanner.take(0x7D) { return true }
        while true {
            scanner.skipBlank()
            var keyBytes: [UInt8] = []
            guard scanner.readString(into: &keyBytes) else { return false }
            scanner.skipBlank()
            guard scanner.take(0x3A) else { return false }
            scanner.skipBlank()
            let key = String(decoding: keyBytes, as: UTF8.self)
            if let isWhole = special(&self, &scanner, key) {
                guard isWhole else { return false }
            } else if let slot = Self.slots[key] {
                guard readField(&scanner, into: &captures[slot]) else { return false }
            } else {
                guard scanner.skipValue() else { return false }
            }
            scanner.skipBlank()
            if scanner.take(0x7D) { return true }
            guard scanner.take(0x2C) else { return false }
        }
    }

    private mutating func readField(_ scanner: inout JSONScanner, into capture: inout Capture) -> Bool {
        capture = Capture()
        switch scanner.peek {
        case 0x22:
            capture.textOffset = arena.count
            guard scanner.readString(into: &arena) else { return false }
            capture.field.tag = WEIR_JSON_STRING.rawValue
            capture.field.length = UInt32(arena.count - capture.textOffset)
            arena.append(0)  // A text of no bytes has a place too.
            return true
        case 0x5B:
            let count = scanner.countTexts()
            guard scanner.skipValue() else { return false }
            capture.field.tag = count == nil ? WEIR_JSON_OTHER.rawValue : WEIR_JSON_TEXTS.rawValue
            capture.field.length = UInt32(count ?? 0)
            return true
        case 0x7B:
            capture.field.tag = WEIR_JSON_OTHER.rawValue
            return scanner.skipValue()
        default:
            let start = scanner.position
            guard scanner.skipValue() else { return false }
            fill(&capture.field, scanner.text(from: start))
            return true
        }
    }

    private func fill(_ field: inout weir_json_field, _ scalar: String) {
        switch scalar {
        case "null": field.tag = WEIR_JSON_NULL.rawValue
        case "true", "false":
            field.tag = WEIR_JSON_BOOL.rawValue
            field.integer = scalar == "true" ? 1 : 0
        default:
            if let integer = Int64(scalar) {
                field.tag = WEIR_JSON_INT.rawValue
                field.integer = integer
            } else if let integer = UInt64(scalar) {
                field.tag = WEIR_JSON_UINT.rawValue
                field.integer = Int64(bitPattern: integer)
            } else {
                field.tag = WEIR_JSON_DOUBLE.rawValue
                field.number = Double(scalar) ?? .infinity
            }
        }
    }

    private static let slots: [String: Int] = [
        "event_type": Int(WEIR_EVENT_TYPE.rawValue), "event_id": Int(WEIR_EVENT_ID.rawValue),
        "correlation_id": Int(WEIR_CORRELATION_ID.rawValue), "workflow_id": Int(WEIR_WORKFLOW_ID.rawValue),
        "timestamp": Int(WEIR_TIMESTAMP.rawValue), "stage_name": Int(WEIR_STAGE_NAME.rawValue),
        "stage_number": Int(WEIR_STAGE_NUMBER.rawValue), "duration_seconds": Int(WEIR_DURATION_SECONDS.rawValue),
        "success": Int(WEIR_SUCCESS.rawValue), "total_duration_seconds": Int(WEIR_TOTAL_DURATION_SECONDS.rawValue),
        "node_type": Int(WEIR_NODE_TYPE.rawValue), "primary_model": Int(WEIR_PRIMARY_MODEL.rawValue),
        "quality_score": Int(WEIR_QUALITY_SCORE.rawValue), "test_coverage": Int(WEIR_TEST_COVERAGE.rawValue),
        "complexity_score": Int(WEIR_COMPLEXITY_SCORE.rawValue),
        "patterns_applied": Int(WEIR_PATTERNS_APPLIED.rawValue), "total_tokens": Int(WEIR_TOTAL_TOKENS.rawValue),
        "total_cost_usd": Int(WEIR_TOTAL_COST_USD.rawValue), "failed_stage": Int(WEIR_FAILED_STAGE.rawValue),
        "error_code": Int(WEIR_ERROR_CODE.rawValue),
        "partial_duration_seconds": Int(WEIR_PARTIAL_DURATION_SECONDS.rawValue),
        "is_retryable": Int(WEIR_IS_RETRYABLE.rawValue),
    ]
}
