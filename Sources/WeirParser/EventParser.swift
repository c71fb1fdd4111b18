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
    /// What was found in the line that is being read.
    private let found: UnsafeMutablePointer<weir_json_line>
    private var rows = RowBuffer()
    private var timestamps = TimestampReader()
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
        found = .allocate(capacity: 1)
        found.initialize(to: weir_json_line())
    }

    deinit {
        weir_json_parser_destroy(json)
        weir_json_scanner_destroy(scanner)
        found.deallocate()
    }

    /// Parses all lines of a buffer and appends what they hold to `batch`. Blank lines are ignored, `\r\n` is accepted, the last line
    /// may lack its end.
    ///
    /// - Parameter base: added to offsets in ``ParsedBatch/spans``; line numbers go on from ``ParsedBatch/lines``.
    public mutating func parse(_ bytes: UnsafeRawBufferPointer, into batch: inout ParsedBatch, base: Int = 0) {
        guard let start = bytes.baseAddress else { return }
        let scannable = endOfScannableLines(bytes)
        var offset = 0
        while offset < bytes.count {
            if offset < scannable {
                let count = weir_json_scan_line(
                    scanner,
                    (start + offset).assumingMemoryBound(to: UInt8.self),
                    found
                )
                if count >= 0 {
                    let line = Self.withoutReturn(UnsafeRawBufferPointer(start: start + offset, count: count))
                    if isWithinLimit(line, &batch) { takeFound(line, at: base + offset, into: &batch) }
                    offset += count + 1
                    continue
                }
            }
            // An unusual or broken line, or the last one.
            let rest = bytes.count - offset
            var length = rest
            if let end = memchr(start + offset, 0x0A, rest) { length = UnsafeRawPointer(end) - (start + offset) }
            let line = UnsafeRawBufferPointer(start: start + offset, count: length)
            parseLine(line, readable: rest, at: base + offset, into: &batch)
            offset += length + 1
        }
        rows.flush(into: &batch)
    }

    /// Where the lines end that have a line end, and so much behind it that the scanner may read them.
    private func endOfScannableLines(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.prefix(max(0, bytes.count - padding)).lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    }

    /// Parses the elements of a JSON array as if each were a line. What stands before a break in the array is taken; the rest is one
    /// malformed line.
    public mutating func parseArray(_ bytes: UnsafeRawBufferPointer, into batch: inout ParsedBatch) {
        let split = JSONArraySplitter.split(bytes)
        for element in split.elements {
            let raw = UnsafeRawBufferPointer(rebasing: bytes[element.offset..<element.offset + element.count])
            parseLine(raw, readable: bytes.count - element.offset, at: element.offset, into: &batch)
        }
        rows.flush(into: &batch)
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
        let line = Self.withoutReturn(untrimmed)
        if Self.isBlank(line) { return }
        guard isWithinLimit(line, &batch) else { return }
        if let refusal = read(line, readable: readable) {
            quarantine(line, refusal, &batch)
        } else {
            takeFound(line, at: offset, into: &batch)
        }
    }

    /// Takes a line within the limit whose fields were found.
    @inline(__always)
    private mutating func takeFound(
        _ line: UnsafeRawBufferPointer,
        at offset: Int,
        into batch: inout ParsedBatch
    ) {
        if rows.isFull { rows.flush(into: &batch) }
        let refusal = EventValidator.append(
            RawEvent(found),
            at: LineSpan(offset: offset, count: line.count),
            reading: &timestamps,
            to: &rows,
            &batch.columns
        )
        if let refusal { quarantine(line, refusal, &batch) }
    }

    /// Counts a line; one that is too long is quarantined.
    @inline(__always)
    private func isWithinLimit(_ line: UnsafeRawBufferPointer, _ batch: inout ParsedBatch) -> Bool {
        batch.lines &+= 1
        if line.count <= limits.lineBytesMax { return true }
        let detail = "the line has \(line.count) bytes, more than the limit of \(limits.lineBytesMax)"
        quarantine(line, Refusal(.tooLarge, detail), &batch)
        return false
    }

    /// Quarantines the line that was counted last.
    @inline(never)
    private func quarantine(_ line: UnsafeRawBufferPointer, _ refusal: Refusal, _ batch: inout ParsedBatch) {
        batch.quarantined.append(
            QuarantinedLine(reason: refusal.reason, detail: refusal.detail, line: batch.lines - 1, bytes: Array(line))
        )
    }

    /// Finds the fields of a line the slow way, or says why it has none.
    private mutating func read(
        _ line: UnsafeRawBufferPointer,
        readable: Int
    ) -> Refusal? {
        let fields = UnsafeMutableBufferPointer(
            start: UnsafeMutableRawPointer(found).assumingMemoryBound(to: weir_json_field.self),
            count: Int(WEIR_SLOT_COUNT.rawValue)
        )
        var error: UnsafePointer<CChar>?
        var status: Int32
        let start = line.baseAddress!
        if readable >= line.count + padding {
            status = weir_json_parse(
                json,
                start.assumingMemoryBound(to: UInt8.self),
                line.count,
                fields.baseAddress!,
                &error
            )
        } else {
            if padded.count < line.count + padding { padded = [UInt8](repeating: 0, count: line.count * 2 + padding) }
            status = padded.withUnsafeMutableBytes { copy in
                copy.copyMemory(from: line)
                return weir_json_parse(
                    json,
                    copy.baseAddress!.assumingMemoryBound(to: UInt8.self),
                    line.count,
                    fields.baseAddress!,
                    &error
                )
            }
        }
        if status == Int32(WEIR_JSON_UNSURE.rawValue) { status = slow.read(line, into: fields) }
        switch UInt32(status) {
        case WEIR_JSON_EVENT.rawValue:
            return nil
        case WEIR_JSON_NOT_AN_OBJECT.rawValue:
            return Refusal(.malformedJSON, "the line is JSON, but not an object")
        default:
            return Refusal(.malformedJSON, error.map { String(cString: $0) } ?? "the line is not one JSON value")
        }
    }

    /// A line without the carriage return of `\r\n`.
    @inline(__always)
    private static func withoutReturn(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
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
