import WeirWire

// What the simulator checks the machine by.
extension WorkerMachine {
    /// What it waits for, as text.
    package var waitSummary: String { membership?.waitSummary ?? "takes no part" }
}

extension Membership {
    var waitSummary: String {
        "replays " + replay.sorted { $0.key < $1.key }.map { "\($0.key) to \($0.value.value)" }.joined(separator: ", ")
            + "; positions "
            + positions.sorted { $0.key < $1.key }.map { "\($0.key)@\($0.value.value)" }.joined(separator: ", ")
    }
}
