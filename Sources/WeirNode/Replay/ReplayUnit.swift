import WeirCore
import WeirStorage

/// What a reader of a replay has read in one step: whole, or not at all, is what its position says of it.
public struct ReplayUnit: Sendable {
    /// What was selected.
    public var lines = ReplayLines()
    /// Events read, selected or not.
    public var read = 0
    /// Events selected.
    public var selected = 0
    /// Lines that are no valid events, by reason.
    public var refused: [QuarantineReason: Int] = [:]
    /// Event times of what was selected, the first and the last.
    public var span: ClosedRange<EventTime>?
    /// What can't be read.
    public var losses: [JournalLoss] = []
    /// Where it came from, for messages.
    public var place: String
    /// How far the reader is after it.
    public var positions = ReplayPositions()
    /// Bytes of the source up to its end.
    public var bytesRead = 0

    init(place: String) {
        self.place = place
    }

    /// Takes in an event.
    ///
    /// - Parameter line: its text, asked for only when it is selected.
    mutating func take<Line: Sequence<UInt8>>(
        _ time: EventTime,
        _ workflow: UUID128,
        of selection: ReplaySelection,
        line: () -> Line
    ) {
        read += 1
        guard selection.includes(time, workflow) else { return }
        selected += 1
        span = span.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
        lines.add(line())
    }

    /// Takes in a line that is no valid event.
    mutating func take(_ line: QuarantinedLine, of choice: ReplayChoice) {
        refused[line.reason, default: 0] += 1
        if choice.sendsRefused { lines.add(line.bytes) }
    }
}
