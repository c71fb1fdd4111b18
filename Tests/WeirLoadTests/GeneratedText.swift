import WeirCore
import WeirLoad
import WeirParser

/// A generated stream with what the parser makes of it.
struct GeneratedText {
    var bytes: [UInt8]
    var lines: [GeneratedLine]
    var tally: LoadTally

    static let start = EventTime("2026-11-03T00:00:00Z")!

    /// Lines a millisecond of event time apart.
    init(_ settings: GeneratorSettings, stream: Int = 0, count: Int, step: Int64 = 1000) {
        var generator = EventGenerator(settings, stream: stream)
        var buffer = LineBuffer(capacity: 1 << 16)
        lines = []
        tally = LoadTally(layout: .standard)
        for index in 0..<count {
            let line = generator.next(at: Self.start.advanced(byMicroseconds: Int64(index) * step), into: &buffer)
            lines.append(line)
            tally.add(line)
        }
        tally.settle()
        bytes = Array(buffer.bytes)
    }

    var texts: [ArraySlice<UInt8>] { bytes.split(separator: 0x0A) }

    static func parse(_ bytes: some Sequence<UInt8>) -> ParsedBatch {
        var parser = EventParser()
        var batch = ParsedBatch()
        Array(bytes).withUnsafeBytes { parser.parse($0, into: &batch) }
        return batch
    }
}
