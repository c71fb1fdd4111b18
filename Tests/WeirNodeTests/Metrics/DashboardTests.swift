import Foundation
import Testing

@testable import WeirNode

/// What stands in deploy/ asks for metrics that there are.
@Suite struct DashboardTests {
    private static let deploy = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../deploy")
        .standardized

    @Test(arguments: ["prometheus/weir.rules.yml", "grafana/weir.json"]) func everyMetricThatIsNamedExists(file: String)
        throws
    {
        let text = try String(contentsOf: Self.deploy.appending(path: file), encoding: .utf8)
        let known = Set(NodeMetric.allCases.map(\.rawValue))
        let named = text.matches(of: /\b(weir|process)_[a-z_]+/).map { String($0.0) }
        #expect(named.count > 10)
        for name in named {
            let histogram = name.replacing(/_(bucket|sum|count)$/, with: "")
            #expect(known.contains(name) || known.contains(histogram), "\(name)")
        }
    }

    @Test func theDashboardIsWhole() throws {
        let data = try Data(contentsOf: Self.deploy.appending(path: "grafana/weir.json"))
        let dashboard = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let panels = try #require(dashboard["panels"] as? [[String: Any]])
        let ids = panels.compactMap { $0["id"] as? Int }
        #expect(ids.count == panels.count && Set(ids).count == ids.count)
        for panel in panels where panel["type"] as? String != "row" {
            #expect((panel["targets"] as? [[String: Any]])?.isEmpty == false)
        }
    }
}
