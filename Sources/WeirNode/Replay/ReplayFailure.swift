import WeirCore

/// Why events are not sent again.
public enum ReplayFailure: Error, Sendable, CustomStringConvertible {
    /// The positions of an earlier run can't be read or written, or are of other sources.
    case state(path: String, String)
    /// The cluster is past the time of an event: it would put it in quarantine, unless it knows it.
    case tooLate(EventTime, place: String, LateBound)
    /// What was sent can't be accounted for.
    case source(String, String)

    public var description: String {
        switch self {
        case .state(let path, let reason):
            "the positions in \(path) are of no use: \(reason); name another file, or remove it"
        case .tooLate(let time, let place, let bound):
            "\(place): an event of \(time) is older than the cluster's watermark \(bound.watermark) by more than its max_lateness of \(bound.lateness): it would go to quarantine as too_late, unless its id is still known. Select with --from-time \(bound.earliest), replay into a side cluster, or add --allow-late"
        case .source(let source, let reason): "\(source): \(reason)"
        }
    }
}
