import WeirCluster
import WeirCore
import WeirWire

/// Makes the mistake of a ``PlantedBug``, at the edge of the machines: by what they are told, or by what becomes of their effects. Without
/// one it changes nothing.
final class Sabotage {
    private let bug: PlantedBug?
    private var newest: EventTime?

    init(_ bug: PlantedBug?) {
        self.bug = bug
    }

    var checksTerm: Bool { bug != .checksNoTerm }
    var acknowledgesBeforeSync: Bool { bug == .acknowledgesBeforeSync }

    /// A request on its way into a coordinator.
    func received(_ request: ControlRequest, _ machine: CoordinatorMachine?) -> ControlRequest {
        guard bug != nil, case .commit(var commit) = request, let machine else { return request }
        switch bug {
        case .checksNoEpoch:
            commit.epoch = machine.currentEpoch
            commit.incarnation = machine.incarnation(of: commit.worker) ?? commit.incarnation
        case .appliesRepeatedCommits:
            commit.number = max(commit.number, machine.commitNumber(of: commit.worker).next)
        case .watermarkByMaximum:
            newest = (commit.inputs.compactMap(\.newest) + [newest].compactMap { $0 }).max()
            for index in commit.inputs.indices where commit.inputs[index].newest != nil {
                commit.inputs[index].newest = newest
            }
        default: break
        }
        return .commit(commit)
    }

    /// A reply on its way into a worker.
    func received(_ reply: ControlReply) -> ControlReply {
        guard bug == .startsFromNothing, case .assigned(var assignment) = reply else { return reply }
        assignment.positions = [:]
        return .assigned(assignment)
    }

    /// A delivery on its way into a worker.
    func received(_ delivery: Delivery) -> Delivery {
        guard bug == .knowsNoDuplicates else { return delivery }
        var delivery = delivery
        for index in delivery.parts.indices {
            guard var part = try? FramePart(decoding: delivery.parts[index].bytes) else { continue }
            for row in part.columns.eventIDs.indices {
                part.columns.eventIDs[row].high ^= delivery.parts[index].sequence.value << 16 | UInt64(row + 1)
            }
            delivery.parts[index].bytes = part.encoded
        }
        return delivery
    }

    /// A transaction on its way into the store.
    func stored(_ transaction: StoreTransaction) -> StoreTransaction {
        guard bug != nil else { return transaction }
        var transaction = transaction
        switch bug {
        case .storesNoPositions: transaction.progress = [:]
        case .forgetsReopenedWindows: transaction.windows.removeAll { $0.state == .pending && $0.revision > 0 }
        default: break
        }
        return transaction
    }

    /// A trim on its way to the disk.
    func trimmed(
        _ through: FrameSequence,
        _ moment: EventTime,
        last: FrameSequence
    ) -> (FrameSequence, EventTime) {
        switch bug {
        case .trimsWithinHorizon: (through, EventTime(microseconds: .max))
        case .trimsUncommitted: (last, EventTime(microseconds: .max))
        default: (through, moment)
        }
    }
}
