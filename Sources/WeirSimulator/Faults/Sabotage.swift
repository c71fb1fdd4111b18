import WeirCluster
import WeirCore
import WeirWire

/// Makes the mistake of a ``PlantedBug``, at the edge of the machines: by what they are told, or by what becomes of their effects. Without
/// one it changes nothing.
final class Sabotage {
    private let bug: PlantedBug?
    private var newest: EventTime?
    /// Workers that have carried something into their epoch, and have not sent it.
    private var carrying: Set<NodeName> = []
    private var views: [NodeName: WorkerView] = [:]

    /// What a life of a worker knows of the store.
    private struct WorkerView {
        var incarnation: Incarnation
        var assignment: Assignment
        var reached: [NodeName: FrameSequence] = [:]
        var unanswered: Commit?
    }

    init(_ bug: PlantedBug?) {
        self.bug = bug
    }

    var checksTerm: Bool { bug != .checksNoTerm }
    var checksNumber: Bool { bug != .claimsAnyNumber }
    /// How many times as long as it lasts a lease is counted on.
    var leaseFactor: Int64 { bug == .leadsAfterLease ? 2 : 1 }
    var acknowledgesBeforeSync: Bool { bug == .acknowledgesBeforeSync }

    /// A question of a coordinator on its way to etcd or the store.
    func asked(_ question: ElectionQuestion) -> ElectionQuestion {
        if bug == .keepsKeyWithoutStore, case .revokeLease(let lease) = question { return .renewLease(lease) }
        return question
    }

    /// The answer on its way into a coordinator.
    func answered(_ answer: ElectionAnswer, to question: ElectionQuestion) -> ElectionAnswer {
        switch (bug, question, answer) {
        case (.keepsKeyWithoutStore, .revokeLease, _): return .done
        case (.keepsKeyWithoutStore, .check, .checked(.failed)): return .checked(obstacle: nil)
        default: return answer
        }
    }

    /// A request on its way into a coordinator.
    func received(_ request: ControlRequest, _ machine: CoordinatorMachine?) -> ControlRequest {
        guard bug != nil, case .commit(var commit) = request, let machine else { return request }
        switch bug {
        case .checksNoEpoch:
            commit.epoch = machine.currentEpoch
            commit.incarnation = machine.incarnation(of: commit.worker) ?? commit.incarnation
        case .appliesRepeatedCommits:
            commit.number = max(commit.number, machine.commitNumber(of: commit.worker).next)
        case .checksNoPredecessor: commit.follows = .none
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
    func received(_ reply: ControlReply, _ machine: WorkerMachine) -> ControlReply {
        switch (bug, reply) {
        case (.startsFromNothing, .assigned(var assignment)):
            assignment.positions = [:]
            return .assigned(assignment)
        case (.carriesOnWhatIsStored, .assigned(var assignment)) where machine.epoch < assignment.view.epoch:
            if let view = views[machine.name], view.incarnation == machine.incarnation {
                forgetUnanswered(view, machine.name, in: &assignment)
            }
            views[machine.name] = WorkerView(incarnation: machine.incarnation, assignment: assignment)
            return .assigned(assignment)
        case (.carriesOnWhatIsStored, .committed(let receipt)):
            if let commit = views[machine.name]?.unanswered, commit.number == receipt.number {
                for input in commit.inputs { views[machine.name]!.reached[input.ingest] = input.position }
                views[machine.name]!.unanswered = nil
            }
            return reply
        default: return reply
        }
    }

    /// Takes back what the unanswered commit of a worker has reached.
    private func forgetUnanswered(_ view: WorkerView, _ worker: NodeName, in assignment: inout Assignment) {
        for input in view.unanswered?.inputs ?? [] {
            for shard in view.assignment.view.placement.shards(of: worker)
            where assignment.positions[input.ingest]?[shard.value] == input.position {
                assignment.positions[input.ingest]![shard.value] = max(
                    view.assignment.positions[input.ingest]?[shard.value] ?? .none,
                    view.reached[input.ingest] ?? .none
                )
            }
        }
    }

    /// A worker has taken part in an epoch from here on.
    func joined(_ machine: WorkerMachine) {
        guard bug == .losesWhatIsCarriedOn else { return }
        if machine.uncommittedEvents > 0 { carrying.insert(machine.name) } else { carrying.remove(machine.name) }
    }

    /// A commit on its way out of a worker.
    func sent(_ commit: Commit) -> Commit {
        switch bug {
        case .losesWhatIsCarriedOn where !commit.inputs.isEmpty && carrying.contains(commit.worker):
            carrying.remove(commit.worker)
            var commit = commit
            commit.panes = []
            commit.tally = Tally()
            commit.quarantined = []
            return commit
        case .carriesOnWhatIsStored:
            views[commit.worker]?.unanswered = commit
            return commit
        default: return commit
        }
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
