import Foundation
import NNG
import Testing

@testable import WeirNode

/// The OpenAPI document of a node with a token.
struct OpenAPIFixture {
    let operations: [(method: String, path: String, operation: [String: Any])]
    let references: Set<String>

    static let protection = APIProtection(hasTokens: true, anonymousReads: .allowed)

    static let routes: [APIRoute] = {
        // Nobody listens there: no route is called.
        let control = try! ControlClient(url: "inproc://nobody", timeout: .seconds(1), security: .none, as: nil)
        let cluster = ClusterLine(control)
        return HTTPInterface.routes(
            cluster: cluster,
            feed: WindowFeed(cluster, bufferMax: 16, clientsMax: 1),
            health: { fatalError("not called") },
            ingest: nil,
            measure: { [] },
            protection: protection,
            bodyBytesMax: 1024
        )
    }()

    init() throws {
        let bytes = OpenAPIDocument.json(of: Self.routes, protection: Self.protection)
        let document = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        operations = paths.flatMap { path, methods in methods.map { ($0.key, path, $0.value) } }
        let text = String(decoding: bytes, as: UTF8.self)
        references = Set(text.matches(of: /#\/components\/schemas\/([A-Za-z]+)/).map { String($0.1) })
    }

    func operation(_ route: APIRoute) -> [String: Any]? {
        operations.first { $0.method == route.method.rawValue.lowercased() && $0.path == route.path.description }?
            .operation
    }
}
