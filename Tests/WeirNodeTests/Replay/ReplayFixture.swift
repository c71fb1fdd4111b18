import Foundation
import WeirCluster
import WeirCore
import WeirParser
import WeirStorage
import WeirTestSupport
import WeirWire

@testable import WeirNode

/// Journals and files of random events, and what a replay reads of them.
struct ReplayFixture {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    func path(_ name: String) -> String { directory.path + "/" + name }

    static func time(_ seconds: Int64) -> EventTime { EventTime(microseconds: seconds * 1_000_000) }

    static func columns(seed: UInt64, _ count: Int = 50) -> EventColumns {
        var random = RandomEvents(seed: seed)
        return random.columns(count)
    }

    /// Each event as a line.
    static func lines(_ columns: EventColumns) -> [[UInt8]] {
        var cursor = PayloadCursor()
        return (0..<columns.count).map { columns.json(ofRow: $0, payload: cursor.next(columns.kinds[$0])) }
    }

    /// A journal of one frame a part, received at the moments given.
    func makeJournal(_ name: String, _ parts: [(receivedAt: Int64, part: FramePart)]) throws -> String {
        let journal = try Journal(directory: path(name))
        for (receivedAt, part) in parts {
            let frame = Frame(
                receivedAt: Self.time(receivedAt),
                source: "nng",
                placement: 1,
                parts: [Frame.Part(worker: 0, bytes: part.encoded)]
            )
            try journal.append([
                JournalledFrame(
                    sequence: journal.last.next,
                    newest: part.columns.times.max(),
                    payload: frame.encoded
                )
            ])
        }
        return path(name)
    }

    func makeFile(_ name: String, _ lines: [[UInt8]]) throws -> String {
        try Data(Self.text(lines)).write(to: URL(filePath: path(name)))
        return path(name)
    }

    /// All that a reader gives, as lines.
    static func all(_ reader: some ReplayReader) async throws -> (lines: [[UInt8]], totals: ReplayTotals) {
        var reader = reader
        var lines: [[UInt8]] = []
        var totals = ReplayTotals()
        while let unit = try await reader.next() {
            totals.add(unit)
            lines += unit.lines.bytes.split(separator: 0x0A).map(Array.init)
        }
        totals.tornBytes = reader.tornBytes
        return (lines, totals)
    }

    private static func text(_ lines: [[UInt8]]) -> [UInt8] {
        lines.reduce(into: []) { $0 += $1 + [0x0A] }
    }

    /// Bytes of the columns of lines: equal when every value is, bit for bit.
    static func values(_ lines: [[UInt8]]) -> [UInt8] {
        var parser = EventParser()
        var batch = ParsedBatch()
        text(lines).withUnsafeBytes { parser.parse($0, into: &batch) }
        return values(batch.columns)
    }

    static func values(_ columns: EventColumns) -> [UInt8] {
        var writer = ByteWriter()
        columns.encode(into: &writer)
        return writer.bytes
    }
}
