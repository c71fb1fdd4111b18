import WeirWire

// What the simulator checks the machine by.
extension IngestMachine {
    /// Bytes of frames that are held for workers or the disk.
    package var bytesInMemory: Int { recent.bytes + bytesUnsynced }

    /// How far it is with each worker, as text.
    package var streamSummary: String {
        streams.sorted { $0.key < $1.key }
            .map { "\($0.key): applied \($0.value.applied.value) of \(lastSynced.value), \($0.value.state)" }
            .joined(separator: "; ")
    }
}
