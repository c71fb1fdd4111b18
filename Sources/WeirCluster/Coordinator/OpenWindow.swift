import WeirCore

/// A window whose aggregate the coordinator holds: it has data that no intent covers.
struct OpenWindow: Sendable {
    var aggregate: WindowAggregate
    var machine: WindowStateMachine
    /// Wall clock: when late data opened it again; nil before the first emission.
    var reopenedAt: WallTime?
    /// Time spent on merging it, for `aggregation_duration_ms`.
    var merging = Duration.zero
}
