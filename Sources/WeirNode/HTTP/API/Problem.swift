import HTTPTypes
import WeirCore

/// What is wrong with a request, as RFC 9457 problem details tell it.
struct Problem: Error, Sendable {
    /// The kinds of problems; each has a status and a name of its own.
    enum Kind: String, Sendable, CaseIterable {
        case invalidParameter = "invalid-parameter"
        case invalidBody = "invalid-body"
        case unauthorized
        case forbidden
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case bodyTimeout = "body-timeout"
        case tooLarge = "too-large"
        case unsupportedMediaType = "unsupported-media-type"
        case misdirected
        case tooManyRequests = "too-many-requests"
        case internalError = "internal-error"
        case unavailable

        var status: HTTPResponse.Status {
            switch self {
            case .invalidParameter, .invalidBody: .badRequest
            case .unauthorized: .unauthorized
            case .forbidden: .forbidden
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .bodyTimeout: .requestTimeout
            case .tooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .misdirected: .misdirectedRequest
            case .tooManyRequests: .tooManyRequests
            case .internalError: .internalServerError
            case .unavailable: .serviceUnavailable
            }
        }

        var title: String {
            switch self {
            case .invalidParameter: "A parameter is not what it should be"
            case .invalidBody: "The body can't be read"
            case .unauthorized: "A valid bearer token is needed"
            case .forbidden: "This needs another role"
            case .notFound: "There is no such thing"
            case .methodNotAllowed: "This method is not for this path"
            case .bodyTimeout: "The body took too long"
            case .tooLarge: "The body is too long"
            case .unsupportedMediaType: "The body is in a form that is not known"
            case .misdirected: "This node does not do this"
            case .tooManyRequests: "Too much at once; try again later"
            case .internalError: "Something went wrong inside"
            case .unavailable: "The cluster gives no answer now"
            }
        }
    }

    var kind: Kind
    /// What happened, to what, and what the client can do.
    var detail: String
    var headers: HTTPFields = [:]
    /// The role with the least right that is enough, where a role is what is missing.
    var neededRole: String?

    init(_ kind: Kind, _ detail: String, headers: HTTPFields = [:]) {
        self.kind = kind
        self.detail = detail
        self.headers = headers
    }

    /// Asks to come back later.
    static func later(_ detail: String) -> Problem {
        Problem(.tooManyRequests, detail, headers: [.retryAfter: "1"])
    }

    static let contentType = "application/problem+json"

    /// - Parameter path: of the request.
    func response(path: String) -> APIResponse {
        var json = JSONWriter()
        json.object { json in
            json.member("type", "urn:weir:problem:\(kind.rawValue)")
            json.member("title", kind.title)
            json.member("status", kind.status.code)
            json.member("detail", detail)
            json.member("instance", path)
            if let neededRole { json.member("needed_role", neededRole) }
        }
        var response = APIResponse(
            status: kind.status,
            contentType: Self.contentType,
            body: .bytes(json.bytes + [0x0A])
        )
        response.headers = headers
        return response
    }
}
