import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// An answer of a running node over HTTP.
struct HTTPAnswer {
    let status: Int
    let body: Data
    let contentType: String
    private let response: HTTPURLResponse

    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? { response.value(forHTTPHeaderField: name) }

    func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
        try #require(
            JSONSerialization.jsonObject(with: body) as? [String: Any],
            "\(text)",
            sourceLocation: sourceLocation
        )
    }

    init(
        _ node: RunningNode,
        _ path: String,
        method: String = "GET",
        body: Data? = nil,
        headers: [String: String] = [:]
    ) async throws {
        try await self.init(at: node.http, path, method: method, body: body, headers: headers)
    }

    init(
        at http: URL,
        _ path: String,
        method: String = "GET",
        body: Data? = nil,
        headers: [String: String] = [:]
    ) async throws {
        var request = URLRequest(url: URL(string: http.absoluteString + path)!)
        request.httpMethod = method
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        self.response = try #require(response as? HTTPURLResponse)
        status = self.response.statusCode
        self.body = data
        contentType = self.response.value(forHTTPHeaderField: "Content-Type") ?? ""
    }

    /// That it is problem details of a status, whose detail names something.
    func expectProblem(
        _ status: Int,
        _ kind: String,
        _ part: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let problem = try json(sourceLocation: sourceLocation)
        #expect(self.status == status, "\(text)", sourceLocation: sourceLocation)
        #expect(contentType == "application/problem+json", sourceLocation: sourceLocation)
        #expect(problem["status"] as? Int == status, sourceLocation: sourceLocation)
        #expect(problem["type"] as? String == "urn:weir:problem:\(kind)", sourceLocation: sourceLocation)
        let detail = problem["detail"] as? String ?? ""
        #expect(detail.contains(part), "\(detail)", sourceLocation: sourceLocation)
    }
}
