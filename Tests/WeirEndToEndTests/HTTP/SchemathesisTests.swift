import Foundation
import Testing

/// The OpenAPI document against the node that serves it, by a tool that is not ours.
@Suite(.serialized) struct SchemathesisTests {
    @Test func noServerErrorAndNoAnswerThatIsNotDocumented() throws {
        let node = try RunningNode()
        #expect(try node.ctl(["send", RunningNode.golden("messy")]).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        let script = Command.package.appending(path: "deploy/schemathesis.sh").path
        let checked = try Command("/usr/bin/env", ["WEIR_SCHEMATHESIS_EXAMPLES=10", script, node.http.absoluteString])
        #expect(checked.status == 0, "\(checked.output.suffix(4000))\(checked.errors)")
        let tally = try node.tally()
        #expect(tally["accepted"] == tally["counted"]! + tally["duplicate"]! + tally["quarantined"]!)
    }
}
