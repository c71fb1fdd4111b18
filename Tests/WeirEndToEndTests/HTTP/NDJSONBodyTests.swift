import Foundation
import FoundationNetworking
import Testing

@Suite struct NDJSONBodyTests {
    /// An array of events may be posted, too; but what is called NDJSON is lines, whatever the first of them is.
    @Test(arguments: ["application/x-ndjson", "application/jsonl; charset=utf-8"])
    func aFirstLineThatIsAnArrayCostsThatLineAlone(type: String) async throws {
        let node = try RunningNode(workers: 1)
        let event = try #require(
            String(contentsOfFile: RunningNode.golden("basic"), encoding: .utf8).split(separator: "\n").first
        )
        var request = URLRequest(url: node.http.appending(path: "v1/events"))
        request.httpMethod = "POST"
        request.setValue(type, forHTTPHeaderField: "Content-Type")
        request.httpBody = Data("[]\n\(event)\n[1]\n".utf8)
        let (body, _) = try await URLSession.shared.data(for: request)
        let reply = try #require(JSONSerialization.jsonObject(with: body) as? [String: Any])
        #expect(reply["accepted"] as? Int == 3)
        #expect(reply["quarantined"] as? Int == 2)
        try node.ctl(["flush"])
        #expect(try node.tally()["counted"] == 1)
    }
}
