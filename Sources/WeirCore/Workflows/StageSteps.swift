/// The stages of one workflow that were completed, by number: which, and when. 48 bytes without memory of its own, as there is one for
/// each workflow; words of 8 bytes, as vectors would have the entry around it aligned to 32.
struct StageSteps: Sendable {
    /// For each stage number, position in the table's names + 1 in 2 bytes, 0 for a stage that has not been seen; then for each, in 4
    /// bytes, milliseconds from when the workflow was first seen, which saturate at 24 days.
    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

    private static let offsets = 16

    /// - Parameter offset: microseconds from when the workflow was first seen.
    mutating func note(_ step: StageStep, at offset: Int64) {
        let index = Int(step.number) - 1
        guard (0..<8).contains(index) else { return }
        withUnsafeMutableBytes(of: &words) { bytes in
            bytes.storeBytes(of: step.name + 1, toByteOffset: index * 2, as: UInt16.self)
            bytes.storeBytes(of: Int32(clamping: offset / 1000), toByteOffset: Self.offsets + index * 4, as: Int32.self)
        }
    }

    /// Stages in the order of their numbers.
    func steps(names table: [String], from firstSeen: EventTime) -> [WorkflowSnapshot.Stage] {
        withUnsafeBytes(of: words) { bytes in
            (0..<8).compactMap { index in
                let name = bytes.load(fromByteOffset: index * 2, as: UInt16.self)
                guard name > 0 else { return nil }
                let offset = bytes.load(fromByteOffset: Self.offsets + index * 4, as: Int32.self)
                return WorkflowSnapshot.Stage(
                    number: index + 1,
                    name: table[Int(name) - 1],
                    at: firstSeen.advanced(byMicroseconds: Int64(offset) * 1000)
                )
            }
        }
    }
}
