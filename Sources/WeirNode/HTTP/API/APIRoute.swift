import HTTPTypes

/// One operation of the HTTP interface: what it takes, what it answers, and how the OpenAPI document tells it.
struct APIRoute: Sendable {
    /// A body that a route answers with.
    struct Answer: Sendable {
        var status: HTTPResponse.Status = .ok
        var summary: String
        var contentType = "application/json"
        var schema: JSONSchema
    }

    /// A body that a route takes.
    struct Body: Sendable {
        var summary: String
        /// By content type.
        var contents: [(type: String, schema: JSONSchema)]
    }

    var method: HTTPRequest.Method
    var path: APIPath
    /// Names the operation for generated clients.
    var id: String
    var group: String
    var summary: String
    var details = ""
    var parameters: [APIParameter] = []
    var body: Body?
    var answers: [Answer]
    /// Beyond those that follow from parameters, limits and protection.
    var problems: [Problem.Kind] = []
    /// What its requests need where there are tokens.
    var access = APIAccess.level(.view)
    /// Whether the limit of queries holds for it.
    var isMetered = true
    var handle: @Sendable (APIRequest) async throws(Problem) -> APIResponse

    /// Every kind of problem that it may answer with.
    var allProblems: [Problem.Kind] {
        var kinds: Set<Problem.Kind> = Set(problems)
        kinds.insert(.invalidParameter)  // Parameters that are not known.
        if access != .open { kinds.formUnion([.unauthorized, .forbidden]) }
        if isMetered { kinds.insert(.tooManyRequests) }
        return Problem.Kind.allCases.filter(kinds.contains)
    }
}
