/// The stages of one workflow that were completed, by number: which, and when. Without memory of its own, as there is one for each
/// workflow.
struct StageSteps: Sendable, Hashable {
    /// Position in the table's names + 1 by stage number, 0 for a stage that has not been seen.
    private var names = SIMD8<UInt16>(repeating: 0)
    /// Milliseconds from when the workflow was first seen. Saturates at 24 days.
    private var offsets = SIMD8<Int32>(repeating: 0)

    /// - Parameter offset: microseconds from when the workflow was first seen.
    mutating func note(_ step: WorkflowTable.StageStep, at offset: Int64) {
        let index = Int(step.number) - 1
        guard (0..<8).contains(index) else { return }
        names[index] = step.name + 1
        offsets[index] = Int32(clamping: offset / 1000)
    }

    /// Stages in the order of their numbers.
    func steps(names table: [String], from firstSeen: EventTime) -> [WorkflowSnapshot.Stage] {
        (0..<8).compactMap { index in
            guard names[index] > 0 else { return nil }
            return WorkflowSnapshot.Stage(
                number: index + 1,
                name: table[Int(names[index]) - 1],
                at: firstSeen.advanced(byMicroseconds: Int64(offsets[index]) * 1000)
            )
        }
    }
}
