/// Where coordinators that share a store decide which of them leads.
public enum LeaderElection: String, Sendable, Hashable, CaseIterable {
    /// In the store itself, by the clock of its database.
    case postgresql
    /// In etcd, by a key on a lease.
    case etcd
}
