/// A registry did not do what it was asked.
public enum DiscoveryFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// It gave no answer.
    case unreachable(place: String, reason: String)
    /// It answered with an error.
    case refused(place: String, status: Int, answer: String)
    /// Its answer can't be read.
    case unreadable(place: String, reason: String)
    /// A file with a token or certificates can't be used.
    case credentials(String)

    /// Whether another server of the same registry may do better.
    var isOfOneServer: Bool {
        switch self {
        case .unreachable: true
        case .refused(_, let status, _): status >= 500
        case .unreadable, .credentials: false
        }
    }

    public var description: String {
        switch self {
        case .unreachable(let place, let reason):
            "\(place) gives no answer: \(reason); check that it runs and that the URL is right"
        case .refused(let place, 401, _), .refused(let place, 403, _):
            "\(place) refuses the token, or the token may not do this; check discovery.consul_token_file and the rules of its policy"
        case .refused(let place, let status, let answer):
            "\(place) answers with status \(status): \(answer)"
        case .unreadable(let place, let reason):
            "the answer of \(place) can't be read: \(reason); does that port belong to it?"
        case .credentials(let problem): problem
        }
    }
}
