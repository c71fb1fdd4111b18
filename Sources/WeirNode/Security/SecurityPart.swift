import WeirWire

/// Which secrets of roles a process needs: its own, and those of who speaks to it.
public enum SecurityPart: Sendable {
    /// A coordinator, or a whole node: it hears everyone.
    case coordinator
    case ingest
    case worker
    case executor
    /// Someone at a terminal, and programs that act for people.
    case person

    /// Roles that it can't do without once any role has a secret.
    var needed: [PeerRole] {
        switch self {
        case .coordinator, .person: []
        case .ingest: [.ingest]
        case .worker: [.worker, .ingest]
        case .executor: [.executor]
        }
    }

    /// Roles whose secrets must be there when they are named.
    var expected: [PeerRole] {
        switch self {
        case .coordinator: PeerRole.allCases
        case .person: PeerRole.people
        case .ingest, .worker, .executor: needed
        }
    }

    /// Roles whose secrets are read where they are there: of people, for the HTTP interface of a node, which acts for them.
    var welcome: [PeerRole] { PeerRole.people }

    /// Whether it has listeners.
    var listens: Bool {
        switch self {
        case .coordinator, .ingest, .worker, .executor: true
        case .person: false
        }
    }

    var name: String {
        switch self {
        case .coordinator: "a coordinator"
        case .ingest: "an ingest"
        case .worker: "a worker"
        case .executor: "an executor"
        case .person: "weirctl"
        }
    }
}
