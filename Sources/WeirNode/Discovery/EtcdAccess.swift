/// What a question to etcd is about, for who lacks the right to ask it: etcd grants roles ranges of keys.
enum EtcdAccess: Sendable, Equatable, CustomStringConvertible {
    /// Reads the keys that begin with a prefix.
    case look(prefix: String)
    /// Writes a key under a prefix.
    case announce(name: String, prefix: String)
    /// Reads and makes the key of an election.
    case elect(key: String)
    /// Makes, prolongs or ends a lease, with the keys that hang on it.
    case lease

    var description: String {
        switch self {
        case .look(let prefix): "read the keys that begin with \(prefix)"
        case .announce(let name, let prefix): "write the key \(prefix)\(name)"
        case .elect(let key): "read and write the key \(key)"
        case .lease: "make, prolong or end a lease with its keys"
        }
    }

    /// What gives a role the right.
    var grant: String {
        switch self {
        case .look(let prefix): "etcdctl role grant-permission ROLE read --prefix \(prefix)"
        case .announce(_, let prefix): "etcdctl role grant-permission ROLE readwrite --prefix \(prefix)"
        case .elect(let key): "etcdctl role grant-permission ROLE readwrite \(key)"
        case .lease: "etcdctl role grant-permission ROLE readwrite, for those keys"
        }
    }
}
