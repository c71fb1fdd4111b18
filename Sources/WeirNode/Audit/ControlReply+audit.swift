import WeirWire

extension ControlReply {
    /// Why what was asked for was not done, or may not have been; nil when it was.
    var failure: String? {
        switch self {
        case .notFound(let what): what
        case .notLeader:
            "the coordinator lost its leadership meanwhile; the one that leads now can tell whether it was done"
        default: refusal
        }
    }
}
