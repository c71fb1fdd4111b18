import CSimdjson
import WeirCore

/// The fields of one line, unvalidated; valid until the next line is read.
struct RawEvent {
    private let line: UnsafeRawPointer

    init(_ line: UnsafeMutablePointer<weir_json_line>) {
        self.line = UnsafeRawPointer(line)
    }

    @inline(__always)
    subscript(_ slot: weir_json_slot) -> weir_json_field {
        line.load(
            fromByteOffset: Int(slot.rawValue) &* MemoryLayout<weir_json_field>.stride,
            as: weir_json_field.self
        )
    }

    /// The id in one of the three slots of ids; nil for what is none.
    @inline(__always)
    func id(_ slot: weir_json_slot) -> UUID128? {
        let field = self[slot]
        guard field.has(WEIR_JSON_UUID) else { return field.utf8.flatMap { UUID128(utf8: $0) } }
        let place = Int(slot.rawValue &- WEIR_EVENT_ID.rawValue)
        // The ids follow the fields, which begin the line.
        let ids = Int(WEIR_SLOT_COUNT.rawValue) &* MemoryLayout<weir_json_field>.stride
        let id = line.load(
            fromByteOffset: ids &+ place &* MemoryLayout<weir_json_uuid>.stride,
            as: weir_json_uuid.self
        )
        return UUID128(high: id.high, low: id.low)
    }
}

extension weir_json_field {
    @inline(__always)
    func has(_ other: weir_json_tag) -> Bool { tag == other.rawValue }

    /// The bytes of a text field.
    @inline(__always)
    var utf8: UnsafeBufferPointer<UInt8>? {
        has(WEIR_JSON_STRING) || has(WEIR_JSON_UUID) ? UnsafeBufferPointer(start: text, count: Int(length)) : nil
    }

    /// A number as a double, with −0 as 0; nil for what is no number.
    @inline(__always)
    var double: Double? {
        if has(WEIR_JSON_DOUBLE) { return number + 0.0 }
        if has(WEIR_JSON_INT) { return Double(integer) }
        if has(WEIR_JSON_UINT) { return Double(UInt64(bitPattern: integer)) }
        return nil
    }

    /// What stands there, shortened, for a message.
    var shown: String {
        switch tag {
        case WEIR_JSON_ABSENT.rawValue: "nothing"
        case WEIR_JSON_NULL.rawValue: "null"
        case WEIR_JSON_BOOL.rawValue: integer == 1 ? "true" : "false"
        case WEIR_JSON_INT.rawValue: "\(integer)"
        case WEIR_JSON_UINT.rawValue: "\(UInt64(bitPattern: integer))"
        case WEIR_JSON_DOUBLE.rawValue: "\(number)"
        case WEIR_JSON_STRING.rawValue, WEIR_JSON_UUID.rawValue: Self.shorten(utf8!)
        case WEIR_JSON_TEXTS.rawValue: "a list"
        default: "an object or a mixed list"
        }
    }

    private static func shorten(_ text: UnsafeBufferPointer<UInt8>) -> String {
        let whole = String(decoding: text.prefix(200), as: UTF8.self)
        return whole.count > 48 || text.count > 200 ? "\"\(whole.prefix(48))…\"" : "\"\(whole)\""
    }
}
