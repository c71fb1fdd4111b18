import WeirCore

/// What a cluster made of lines between two looks at it: `accepted = counted + duplicate + quarantined`.
public struct ClusterShare: Sendable, Hashable {
    public var accepted = 0
    public var counted = 0
    public var duplicate = 0
    public var quarantined = 0
    public var quarantinedByReason: [String: Int] = [:]

    public init(from before: ClusterStatus, to after: ClusterStatus) {
        let (old, new) = (before.events, after.events)
        accepted = new.accepted - old.accepted
        counted = new.counted - old.counted
        duplicate = new.duplicate - old.duplicate
        quarantined = new.quarantined - old.quarantined
        quarantinedByReason = new.quarantinedByReason.mapValues { $0 }
            .merging(old.quarantinedByReason) { $0 - $1 }.filter { $0.value > 0 }
    }

    public var tooLate: Int { quarantinedByReason[QuarantineReason.tooLate.rawValue, default: 0] }
}
