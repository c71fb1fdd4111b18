import WeirCore

/// What a producer is told about a request.
public enum IngestReply: Sendable, Equatable {
    /// The lines are on disk; `sequence` is the frame's.
    case accepted(lines: Int, quarantined: Int, sequence: UInt64)
    /// Nothing was taken; send again later.
    case retry(reason: String)
    /// The request can't be taken as it is.
    case rejected(reason: String)

    /// `{"accepted":n,"quarantined":n,"seq":n}`, or `{"error":…,"reason":…}` with `retry` or `rejected`.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            switch self {
            case .accepted(let lines, let quarantined, let sequence):
                json.member("accepted", lines)
                json.member("quarantined", quarantined)
                json.member("seq", sequence)
            case .retry(let reason):
                json.member("error", "retry")
                json.member("reason", reason)
            case .rejected(let reason):
                json.member("error", "rejected")
                json.member("reason", reason)
            }
        }
        return json.bytes
    }
}
