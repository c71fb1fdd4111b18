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
    private let scanner: OpaquePointer
    private var fields: [weir_json_field]
    private var slow = StrictJSONReader()
    /// The last line of a buffer, with the padding that simdjson wants readable behind it.
    private var padded: [UInt8] = []
    private let padding = weir_json_padding()

    public init(limits: ParserLimits = ParserLimits()) {
        guard let json = weir_json_parser_create(), let scanner = weir_json_scanner_create() else {
            fatalError("out of memory: no room for a JSON parser")
        }
        self.limits = limits
        self.json = json
        self.scanner = scanner
        fields = [weir_json_field](repeating: weir_json_field(), count: Int(WEIR_SLOT_COUNT.rawValue))
    }

    deinit {
        weir_json_parser_destroy(json)
        weir_json_scanner_destroy(scanner)
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
            let count = weir_json_window(
                (start + offset).assumingMemoryBound(to: UInt8.self),
                max(0, rest - padding)
            )
            if count > 0 {
                let window = UnsafeRawBufferPointer(start: start + offset, count: count)
                parseWindow(window, readable: rest, at: base + offset, into: &batch)
                offset += count
                continue
            }
            // A line longer than a window, or the last one.
            var length = rest
            if let end = memchr(start + offset, 0x0A, rest) { length = UnsafeRawPointer(end) - (start + offset) }
            let line = UnsafeRawBufferPointer(start: start + offset, count: length)
            parseLine(line, scanned: nil, readable: rest, at: base + offset, into: &batch)
            offset += length + 1
        }
    }

    /// Parses whole lines, of which the last has its end. Where they can't be scanned together, each is scanned alone: so a broken line
    /// costs its neighbours a second look, and no more.
    private mutating func parseWindow(
        _ window: UnsafeRawBufferPointer,
        readable: Int,
        at base: Int,
        into batch: inout ParsedBatch
    ) {
        let start = window.baseAddress!
        let together = weir_json_scan(scanner, start.assumingMemoryBound(to: UInt8.self), window.count) != 0
        var offset = 0
        while offset < window.count {
            guard let end = memchr(start + offset, 0x0A, window.count - offset) else { return }
            let length = UnsafeRawPointer(end) - (start + offset)
            var scanned: Int? = offset
            if !together {
                let line = (start + offset).assumingMemoryBound(to: UInt8.self)
                scanned = weir_json_scan(scanner, line, length + 1) != 0 ? 0 : nil
            }
            parseLine(
                UnsafeRawBufferPointer(start: start + offset, count: length),
                scanned: scanned,
                readable: readable - offset,
                at: base + offset,
                into: &batch
            )
            offset += length + 1
        }
    }

    /// Parses the elements of a JSON array as if each were a line. What stands before a break in the array is taken; the rest is one
    /// malformed line.
    public mutating func parseArray(_ bytes: UnsafeRawBufferPointer, into batch: inout ParsedBatch) {
        let split = JSONArraySplitter.split(bytes)
        for element in split.elements {
            let raw = UnsafeRawBufferPointer(rebasing: bytes[element.offset..<element.offset + element.count])
            parseLine(raw, scanned: nil, readable: bytes.count - element.offset, at: element.offset, into: &batch)
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

    /// - Parameters:
    ///   - scanned: offset of the line in the window that the scanner has; nil when it has it not.
    ///   - readable: bytes that may be read from the start of the line.
    private mutating func parseLine(
        _ untrimmed: UnsafeRawBufferPointer,
        scanned: Int?,
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
        let refusal: Refusal?
        if let scanned, scan(line, at: scanned) {
            refusal = fields.withUnsafeBufferPointer { EventValidator.append(RawEvent($0), to: &batch.columns) }
        } else {
            refusal = read(line, readable: readable, into: &batch.columns)
        }
        if let refusal {
            batch.quarantined.append(
                QuarantinedLine(reason: refusal.reason, detail: refusal.detail, line: number, bytes: Array(line))
            )
        } else {
            batch.spans.append(LineSpan(offset: offset, count: line.count))
        }
    }

    /// Whether the scanner took the line.
    private mutating func scan(_ line: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        fields.withUnsafeMutableBufferPointer {
            weir_json_scan_line(scanner, offset, line.count, $0.baseAddress!) == Int32(WEIR_JSON_EVENT.rawValue)
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
