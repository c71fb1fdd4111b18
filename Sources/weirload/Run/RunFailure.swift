/// A run can't take place.
enum RunFailure: Error, Sendable, CustomStringConvertible {
    case address(String, String)
    case unreachable(String, String)
    case intents(String)
    case pregeneration(events: Int)
    case cluster(String)
    case interrupted

    var description: String {
        switch self {
        case .address(let url, let reason): "can't use the URL \(url): \(reason)"
        case .unreachable(let url, let reason):
            "no ingest answers at \(url): \(reason); start one with weir up, or see --ingest"
        case .intents(let reason): "can't listen to intents: \(reason); see --intents"
        case .pregeneration(let events):
            "writing \(events) events beforehand takes too long on this machine: use fewer, or leave --pregenerate out"
        case .interrupted: "interrupted before the end"
        case .cluster(let reason): "\(reason); with --verify none the coordinator is not asked"
        }
    }
}
