import WeirCluster
import WeirCore
import WeirWire

/// What a coordinator is among those that share its store.
enum CoordinatorStanding: Sendable, Hashable {
    /// In a term; in none where there is no other.
    case leading(Term?)
    case standby(leader: LeaseHolder?)
    /// It can't ask who leads.
    case outside(reason: String)

    var term: Term? {
        if case .leading(let term) = self { return term }
        return nil
    }

    /// What it answers to everything; nil while it leads.
    var refusal: ControlReply? {
        switch self {
        case .leading: nil
        case .standby(let leader): .notLeader(leader: leader?.url)
        case .outside: .notLeader(leader: nil)
        }
    }

    /// Why it can't do its part; nil when it leads, or is ready to.
    var unreadiness: String? {
        switch self {
        case .leading: "the coordinator takes up what is stored"
        case .standby: nil
        case .outside(let reason): "who leads can't be asked for: \(reason)"
        }
    }

    /// `leader` or `standby`, with who leads.
    func write(into json: inout JSONWriter) {
        switch self {
        case .leading(let term):
            json.member("role", "leader")
            if let term { json.member("term", term.value) }
        case .standby(let leader):
            json.member("role", "standby")
            json.member("leader", leader?.name.text)
            json.member("leader_url", leader?.url)
        case .outside:
            json.member("role", "standby")
        }
    }

    var samples: [MetricSample] {
        guard case .leading(let term) = self else { return [MetricSample(.coordinatorLeads, [], 0)] }
        let terms = term.map { [MetricSample(.coordinatorTerm, [], Double($0.value))] } ?? []
        return [MetricSample(.coordinatorLeads, [], 1)] + terms
    }
}
