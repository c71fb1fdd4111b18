/// Lines that will come a second time, first in, first out.
struct RepeatedLines: Sendable {
    /// Lines that wait; while so many do, no further one is taken.
    private static let limit = 512

    private struct Entry: Sendable {
        var due: UInt64
        var time: Int64
        var bytes: [UInt8]
    }

    private var entries: [Entry] = []
    private var head = 0

    var isFull: Bool { entries.count - head >= Self.limit }

    /// - Parameter due: number of the line in whose place it comes, or later.
    mutating func add(_ bytes: UnsafeRawBufferPointer, time: Int64, due: UInt64) {
        if head > Self.limit {
            entries.removeFirst(head)
            head = 0
        }
        entries.append(Entry(due: due, time: time, bytes: Array(bytes)))
    }

    @inline(__always)
    func isDue(at line: UInt64) -> Bool { head < entries.count && entries[head].due <= line }

    /// Writes the first line. Returns its event time.
    mutating func write(into buffer: inout LineBuffer) -> Int64 {
        let entry = entries[head]
        entries[head].bytes = []
        head += 1
        buffer.reserve(entry.bytes.count)
        entry.bytes.withUnsafeBytes { buffer.put($0) }
        return entry.time
    }
}
