/// A registry did not do what it was asked.
public enum DiscoveryFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// It gave no answer.
    case unreachable(place: String, reason: String)
    /// One side does not believe the other's certificate.
    case untrusted(place: String, reason: String)
    /// It does not believe who asks, or lets it not do this.
    case denied(place: String, reason: String, remedy: String)
    /// It answered with an error.
    case refused(place: String, status: Int, answer: String)
    /// Its answer can't be read.
    case unreadable(place: String, reason: String)
    /// A file with a token, a password or certificates can't be used.
    case credentials(String)

    /// Whether another server of the same registry may do better.
    var isOfOneServer: Bool {
        switch self {
        case .unreachable, .untrusted: true
        case .refused(_, let status, _): status >= 500
        case .denied, .unreadable, .credentials: false
        }
    }

    public var description: String {
        switch self {
        case .unreachable(let place, let reason):
            "\(place) gives no answer: \(reason); check that it runs and that the URL is right"
        case .untrusted(let place, let reason):
            "\(place) can't be spoken to over TLS: \(reason); check discovery.tls_ca, by which this node believes it, and discovery.tls_certificate "
                + "and discovery.tls_key, by which it believes this node; also the dates and names in both certificates"
        case .denied(let place, let reason, let remedy):
            "\(place) refuses: \(reason); \(remedy)"
        case .refused(let place, let status, let answer):
            "\(place) answers with status \(status): \(answer)"
        case .unreadable(let place, let reason):
            "the answer of \(place) can't be read: \(reason); does that port belong to it?"
        case .credentials(let problem): problem
        }
    }
}
