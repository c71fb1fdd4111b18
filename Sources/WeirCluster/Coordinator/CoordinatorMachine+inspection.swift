import WeirCore
import WeirWire

// What the simulator checks the machine by.
extension CoordinatorMachine {
    /// How far the cluster is with a live ingest.
    package struct SourceProgress {
        package var ingest: NodeName
        /// By worker of the epoch; none for one that has committed nothing of it.
        package var positions: [FrameSequence]
        /// Whether every worker says so.
        package var isIdle: Bool
    }

    package var sourceProgress: [SourceProgress] {
        ingests.keys.sorted().map { ingest in
            let inputs = epoch.placement.workers.map { progress[$0]?.inputs[ingest] }
            return SourceProgress(
                ingest: ingest,
                positions: inputs.map { $0?.position ?? .none },
                isIdle: inputs.allSatisfy { $0?.isIdle ?? true }
            )
        }
    }

    package var currentEpoch: Epoch { epoch.epoch }
    package func incarnation(of worker: NodeName) -> Incarnation? { workers[worker]?.presence.incarnation }
    package func commitNumber(of worker: NodeName) -> CommitNumber { progress[worker]?.number ?? .none }
}

extension CoordinatorMachine {
    /// What it waits for, as text.
    package var waitSummary: String {
        "epoch \(epoch.epoch.value), flush \(flush.map { "\($0.phase)" } ?? "none"), \(parked.count) commits parked, "
            + "\(intents.count) intents pending, \(open.count) windows open; committed "
            + ingests.keys.sorted().map { "\($0)@\(committed($0).value)" }.joined(separator: ", ")
    }
}
