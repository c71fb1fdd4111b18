/// Engines of the coordinator's store.
public enum StoreKind: String, Sendable, Hashable, CaseIterable {
    /// A file in the coordinator's data directory.
    case sqlite
    /// A schema of a PostgreSQL database, which several coordinators share.
    case postgresql
}
