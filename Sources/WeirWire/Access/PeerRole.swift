/// What someone who speaks to a node proves to be.
///
/// The number is part of the wire's format.
public enum PeerRole: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case coordinator = 1
    case ingest = 2
    case worker = 3
    case executor = 4
    /// A person or a program that looks.
    case viewer = 5
    /// Likewise, that also keeps the cluster running.
    case `operator` = 6
    /// Likewise, that may also give up data.
    case admin = 7

    /// As settings and messages name it.
    public var name: String {
        switch self {
        case .coordinator: "coordinator"
        case .ingest: "ingest"
        case .worker: "worker"
        case .executor: "executor"
        case .viewer: "viewer"
        case .operator: "operator"
        case .admin: "admin"
        }
    }

    public var description: String { name }

    public init?(name: String) {
        guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }

    /// People's roles, from the least right to the greatest.
    public static let people: [PeerRole] = [.viewer, .operator, .admin]

    /// What it may ask as an operator. Nodes may look, so that each of them can serve queries over HTTP.
    public var level: AccessLevel {
        switch self {
        case .coordinator, .ingest, .worker, .executor, .viewer: .view
        case .operator: .operate
        case .admin: .administer
        }
    }

    /// The person's role that a level needs.
    public init(atLeast level: AccessLevel) {
        self =
            switch level {
            case .view: .viewer
            case .operate: .operator
            case .administer: .admin
            }
    }
}
