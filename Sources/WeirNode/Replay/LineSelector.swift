import WeirCore
import WeirParser

/// Selects among lines of text by what they hold, read by the rules by which an ingest reads them.
struct LineSelector: ~Copyable {
    /// A selector by reference: it owns a parser, which can't be copied with a reader.
    final class Box {
        var lines: LineSelector
        init(_ choice: ReplayChoice) { lines = LineSelector(choice) }
    }

    private let choice: ReplayChoice
    // Longer lines than an ingest may allow are its own to refuse.
    private var parser = EventParser(limits: ParserLimits(lineBytesMax: 64 << 20))
    private var batch = ParsedBatch()

    init(_ choice: ReplayChoice) {
        self.choice = choice
    }

    /// Adds what is selected to a unit, as it stands. O(bytes).
    mutating func take(_ bytes: UnsafeRawBufferPointer, into unit: inout ReplayUnit) {
        batch.removeAllKeepingRoom()
        parser.parse(bytes, into: &batch)
        for (row, span) in batch.spans.enumerated() {
            unit.take(batch.columns.times[row], batch.columns.workflowIDs[row], of: choice.selection) {
                bytes[span.offset..<span.offset + span.count]
            }
        }
        for line in batch.quarantined { unit.take(line, of: choice) }
    }
}
