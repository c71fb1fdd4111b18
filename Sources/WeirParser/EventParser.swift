import CSimdjson
import WeirCore

#if canImport(Glibc)
    import Glibc
#endif

/// Turns NDJSON into event columns: one pass, line by line, so that a broken line costs that line alone.
///
/// Owns a simdjson parser and is used by one thread at a time. Memory: about twice the longest line.
public struct EventParser: ~Copyable {
    private let limits: ParserLimits
    private let json: OpaquePointer
    private var fields: [weir_json_field]
    private var slow = StrictJSONReader()
    /// The last line of a buffer, with the padding that simdjson wants readable behind it.
    private var padded: [UInt8] = []
    private let padding = weir_json_padding()

    public init(limits: ParserLimits = ParserLimits()) {
        guard let json = weir_json_parser_create() else { fatalError("out of memory: no room for a JSON parser") }
        self.limits = limits
        self.json = json
        fields = [weir_json_field](repeating: weir_json_field(), count: Int(WEIR_SLOT_COUNT.rawValue))
    }

    deinit {
        weir_json_parser_destroy(json)
    }

    /// Parses all lines of a buffer and appends what they hold to `batch`. Blank lines are ignored, `\r\n` is accepted, the last line
    /// may lack its end.
    ///
    /// - Parameter base: added to offsets in ``ParsedBatch/spans``; line numbers go on from ``ParsedBatch/lines``.
    public mutating func parse(_ bytes: UnsafeRawBufferPointer, into batch: inout ParsedBatch, base: Int = 0) {
        guard let start = bytes.baseAddress else { return }
        var offset = 0
        while offset < bytes.count {
            let rest = bytes.count - offset
            var length = rest
            if let end = memchr(start + offset, 0x0A, rest) { length = UnsafeRawPointer(end) - (start + offset) }
            let next = offset + length + 1
            parseLine(
                UnsafeRawBufferPointer(start: start + offset, count: length),
                readable: rest,
                at: base + offset,
                into: &batch
            )
            offset = next
        }
    }

    /// Parses the elements of a JSON array as if each were a line. What stands before a break in the array is taken; the rest is one
    /// malformed line.
    public mutating func parseArray(_ bytes: UnsafeRawBufferPointer, into batch: inout ParsedBatch) {
        let split = JSONArraySplitter.split(bytes)
        for element in split.elements {
            let raw = UnsafeRawBufferPointer(rebasing: bytes[element.offset..<element.offset + element.count])
            parseLine(raw, readable: bytes.count - element.offset, at: element.offset, into: &batch)
        }
        if let broken = split.broken {
            let raw = UnsafeRawBufferPointer(rebasing: bytes[broken.offset..<broken.offset + broken.count])
            batch.lines += 1
            batch.quarantined.append(
                QuarantinedLine(
                    reason: .malformedJSON,
                    detail: "the JSON array is broken from byte \(broken.offset) on",
                    line: batch.lines - 1,
                    bytes: Array(raw)
                )
            )
        }
    }

    /// - Parameter readable: bytes that may be read from the start of the line.
    private mutating func parseLine(
        _ untrimmed: UnsafeRawBufferPointer,
        readable: Int,
        at offset: Int,
        into batch: inout ParsedBatch
    ) {
        var line = untrimmed
        if line.last == 0x0D { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
        if Self.isBlank(line) { return }
        let number = batch.lines
        batch.lines &+= 1
        guard line.count <= limits.lineBytesMax else {
            batch.quarantined.append(
                QuarantinedLine(
                    reason: .tooLarge,
                    detail: "the line has \(line.count) bytes, more than the limit of \(limits.lineBytesMax)",
                    line: number,
                    bytes: Array(line)
                )
            )
            return
        }
        if let refusal = read(line, readable: readable, into: &batch.columns) {
            batch.quarantined.append(
                QuarantinedLine(reason: refusal.reason, detail: refusal.detail, line: number, bytes: Array(line))
            )
        } else {
            batch.spans.append(LineSpan(offset: offset, count: line.count))
        }
    }

    private mutating func read(
        _ line: UnsafeRawBufferPointer,
        readable: Int,
        into columns: inout EventColumns
    ) -> Refusal? {
        var error: UnsafePointer<CChar>?
        var status: Int32
        let start = line.baseAddress!
        if readable >= line.count + padding {
            status = fields.withUnsafeMutableBufferPointer {
                weir_json_parse(json, start.assumingMemoryBound(to: UInt8.self), line.count, $0.baseAddress!, &error)
            }
        } else {
            if padded.count < line.count + padding { padded = [UInt8](repeating: 0, count: line.count * 2 + padding) }
            status = padded.withUnsafeMutableBytes { copy in
                copy.copyMemory(from: line)
                return fields.withUnsafeMutableBufferPointer {
                    weir_json_parse(
                        json,
                        copy.baseAddress!.assumingMemoryBound(to: UInt8.self),
                        line.count,
                        $0.baseAddress!,
                        &error
                    )
                }
            }
        }
        if status == Int32(WEIR_JSON_UNSURE.rawValue) { status = slow.read(line, into: &fields) }
        switch UInt32(status) {
        case WEIR_JSON_EVENT.rawValue:
            return fields.withUnsafeBufferPointer { EventValidator.append(RawEvent($0), to: &columns) }
        case WEIR_JSON_NOT_AN_OBJECT.rawValue:
            return Refusal(.malformedJSON, "the line is JSON, but not an object")
        default:
            return Refusal(.malformedJSON, error.map { String(cString: $0) } ?? "the line is not one JSON value")
        }
    }

    private static func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
        for byte in line where byte != 0x20 && byte != 0x09 && byte != 0x0D { return false }
        return true
    }
}

/// Why a line can't be counted.
struct Refusal {
    let reason: QuarantineReason
    let detail: String

    init(_ reason: QuarantineReason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
