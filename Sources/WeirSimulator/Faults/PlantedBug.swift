/// A mistake that is made on purpose, to prove that the simulator finds it.
public enum PlantedBug: String, CaseIterable, Sendable {
    /// An ingest acknowledges what it has written before it is synced.
    case acknowledgesBeforeSync
    /// A commit's positions are left out of its transaction.
    case storesNoPositions
    /// Commits of any epoch and any life of a worker are taken.
    case checksNoEpoch
    /// A commit that is repeated is applied again.
    case appliesRepeatedCommits
    /// Workers take every copy of an event for another event.
    case knowsNoDuplicates
    /// Workers ignore from where their shards go on.
    case startsFromNothing
    /// Frames are trimmed as soon as they are committed, whatever the dedup horizon.
    case trimsWithinHorizon
    /// Frames are trimmed before they are committed.
    case trimsUncommitted
    /// The watermark is the newest time of any source.
    case watermarkByMaximum
    /// That late data has opened a window again is not stored.
    case forgetsReopenedWindows
    /// The store takes transactions of any term.
    case checksNoTerm
    /// What a worker carries into an epoch never comes to the store.
    case losesWhatIsCarriedOn
    /// A commit without an answer is carried into the next epoch, also if the store has it.
    case carriesOnWhatIsStored
    /// Commits are taken whose predecessors the store has lost.
    case checksNoPredecessor
    /// Who was elected in etcd claims the store's row whoever has claimed it since.
    case claimsAnyNumber
    /// A leader goes on for as long again when its lease has ended.
    case leadsAfterLease
    /// Who can't reach the store keeps its key in etcd.
    case keepsKeyWithoutStore
}
