import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Synchronization
import WeirCore

/// Finds the route of a request, checks what all routes have in common, and turns problems into answers.
struct APIResponder: HTTPResponder {
    typealias Context = APIContext

    private let routes: [APIRoute]
    private let tokens: HTTPTokens
    private let audit: AuditLog?
    private let configuration: NodeConfiguration.HTTP
    private let buckets: SharedBuckets
    private let log: Logger
    private let count: @Sendable (_ route: String, _ status: Int) -> Void
    private let clock = ContinuousClock()
    private let began: ContinuousClock.Instant

    /// Shared by all requests.
    private final class SharedBuckets: Sendable {
        let buckets: Mutex<ClientBuckets>

        init(rate: Int) {
            buckets = Mutex(ClientBuckets(rate: rate))
        }
    }

    /// - Parameter count: is told the route (its path, or `other`) and status of each answer.
    init(
        _ routes: [APIRoute],
        tokens: HTTPTokens,
        audit: AuditLog?,
        configuration: NodeConfiguration.HTTP,
        log: Logger,
        count: @escaping @Sendable (_ route: String, _ status: Int) -> Void = { _, _ in }
    ) {
        self.routes = routes
        self.tokens = tokens
        self.audit = audit
        self.configuration = configuration
        self.log = log
        self.count = count
        buckets = SharedBuckets(rate: configuration.queryRateMax)
        began = clock.now
    }

    func respond(to request: Request, context: APIContext) async -> Response {
        let path = String(request.uri.path)
        var name = "other"
        let response: APIResponse
        do throws(Problem) {
            let (route, parameters) = try find(request.method, path)
            name = route.path.description
            response = try await respond(to: request, route, parameters, context)
        } catch {
            response = error.response(path: path)
        }
        count(name, response.status.code)
        return response.response(isHead: request.method == .head)
    }

    private func respond(
        to request: Request,
        _ route: APIRoute,
        _ parameters: [String: String],
        _ context: APIContext
    ) async throws(Problem) -> APIResponse {
        if route.isMetered {
            let now = clock.now - began
            guard buckets.buckets.withLock({ $0.take(context.client, at: now) }) else {
                throw .later(
                    "more than \(configuration.queryRateMax) queries a second came from \(context.client) (http.query_rate_max)"
                )
            }
        }
        let holder = tokens.holder(authorization: request.headers[.authorization])
        guard route.access.isAudited, let audit else {
            try authorize(holder, route)
            return try await answer(request, route, parameters)
        }
        let correlation = request.headers[Self.correlationID].flatMap { UUID128($0) } ?? .random()
        let action = AuditedAction(
            audit,
            via: "http",
            who: holder.map { "the token \($0.name)" } ?? (tokens.isEmpty ? "no token" : "nobody"),
            peer: context.client,
            action: route.id,
            subject: "\(request.uri.path)\(request.uri.query.map { "?\($0)" } ?? "")",
            correlationID: correlation
        )
        do throws(Problem) {
            try authorize(holder, route)
        } catch {
            await action.refuse(error.detail)
            throw error
        }
        do throws(AuditFailure) {
            try await action.begin()
        } catch {
            throw Problem(.unavailable, "\(error); nothing was done")
        }
        do throws(Problem) {
            var response = try await answer(request, route, parameters)
            await action.end(nil)
            response.headers[Self.correlationID] = correlation.description
            return response
        } catch {
            await action.end(error.detail)
            throw error
        }
    }

    private static let correlationID = HTTPField.Name("X-Correlation-ID")!

    private func answer(
        _ request: Request,
        _ route: APIRoute,
        _ parameters: [String: String]
    ) async throws(Problem) -> APIResponse {
        let values = try values(of: route, path: parameters, query: request.uri.query.map { String($0) } ?? "")
        return try await route.handle(
            APIRequest(
                request,
                values: values,
                bodyBytesMax: configuration.bodyBytesMax,
                bodyTimeout: configuration.bodyTimeout,
                log: log
            )
        )
    }

    /// - Parameter holder: of the token that came; nil for none that is known.
    private func authorize(_ holder: HTTPTokens.Holder?, _ route: APIRoute) throws(Problem) {
        guard !tokens.isEmpty, route.access != .open else { return }
        if route.access.isFree(configuration.anonymousReads) || holder?.role.may(route.access) == true { return }
        let roles = route.access.roles
        let needed = roles.map(\.rawValue).joined(separator: " or ")
        let operation = "\(route.method.rawValue) \(route.path)"
        var problem =
            if let holder {
                Problem(
                    .forbidden,
                    "\(operation) needs the role \(needed); the token \(holder.name) has the role \(holder.role.rawValue)"
                )
            } else {
                Problem(
                    .unauthorized,
                    "\(operation) needs a token of the role \(needed) (http.tokens, http.token_file): Authorization: Bearer TOKEN",
                    headers: [.wwwAuthenticate: "Bearer realm=\"weir\""]
                )
            }
        problem.neededRole = roles.first?.rawValue
        throw problem
    }

    // MARK: - Routes

    private func find(_ method: HTTPRequest.Method, _ path: String) throws(Problem) -> (APIRoute, [String: String]) {
        let matches = routes.compactMap { route in route.path.match(path).map { (route, $0) } }
        guard let fewest = matches.map({ $0.0.path.parameterCount }).min() else {
            throw Problem(.notFound, "there is nothing at \(path.prefix(200)); see /openapi.json")
        }
        let here = matches.filter { $0.0.path.parameterCount == fewest }
        let wanted = method == .head ? .get : method
        if let found = here.first(where: { $0.0.method == wanted }) { return found }
        var methods = here.map(\.0.method.rawValue)
        if methods.contains("GET") { methods.append("HEAD") }
        let allowed = methods.sorted().joined(separator: ", ")
        throw Problem(
            .methodNotAllowed,
            "\(method.rawValue) is not for \(path.prefix(200)); use \(allowed)",
            headers: [.allow: allowed]
        )
    }

    private func values(
        of route: APIRoute,
        path: [String: String],
        query: String
    ) throws(Problem) -> [String: APIParameter.Value] {
        var values: [String: APIParameter.Value] = [:]
        for parameter in route.parameters where parameter.location == .path {
            values[parameter.name] = try parameter.value(path[parameter.name] ?? "")
        }
        let known = route.parameters.filter { $0.location == .query }
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pair[0].removingPercentEncoding,
                let text = pair.count > 1 ? pair[1].removingPercentEncoding : ""
            else {
                throw Problem(.invalidParameter, "the query has a percent sign that encodes nothing; write %25 for one")
            }
            guard let parameter = known.first(where: { $0.name == name }) else {
                let names = known.isEmpty ? "there are none" : "they are " + known.map(\.name).joined(separator: ", ")
                throw Problem(.invalidParameter, "\(name.prefix(80)) is not a parameter of \(route.path); \(names)")
            }
            guard values[name] == nil else { throw Problem(.invalidParameter, "\(name) is given twice; give it once") }
            values[name] = try parameter.value(text)
        }
        return values
    }
}
