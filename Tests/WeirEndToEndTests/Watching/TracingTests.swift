import Foundation
import Testing

/// A cluster of processes that traces: the way of one event can be followed by its correlation id.
@Suite(.serialized) struct TracingTests {
    @Test func theSpansOfOneCorrelationIDLeadFromTheIngestToTheIntent() throws {
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 2,
            own: ["--trace-file", "{folder}/{name}.spans", "--trace-ratio", "1"]
        )
        let correlation = "5f0c0a52-6f0f-4a5f-9d5e-0123456789ab"
        let event =
            #"{"event_type":"CODEGEN_STARTED","event_id":"00000001-0000-4000-8000-000000000001","correlation_id":"\#(correlation)","#
            + #""workflow_id":"00000001-0000-4000-8000-000000000002","timestamp":"2026-11-02T10:00:01Z"}"#
        try cluster.send([Substring(event)], to: 1)
        try cluster.flush()
        for role in cluster.ingests + cluster.workers + cluster.executors + [cluster.coordinator] { _ = role.stop() }

        let spans = try Spans(
            files: ["c", "i1", "w1", "w2", "e1"].map { "\(cluster.directory.path)/\($0).spans" }
        )
        let trace = correlation.filter { $0 != "-" }
        let receive = try #require(spans.named("ingest receive", in: trace).first)
        #expect(receive.parent == nil && receive.node == "i1")
        #expect(receive.attributes["weir.correlation_id"] == correlation)
        var last = receive.began
        for step in ["parse", "gather", "journal", "acknowledge"] {
            let span = try #require(spans.named("ingest \(step)", in: trace).first)
            #expect(span.parent == receive.id)
            #expect(span.began >= last && span.ended >= span.began && span.ended <= receive.ended)
            last = span.began
        }
        let apply = try #require(spans.named("worker apply", in: trace).first)
        #expect(apply.parent == receive.id && apply.node.hasPrefix("w"))
        let commit = try #require(spans.named("worker commit", in: trace).first)
        #expect(commit.parent == apply.id && commit.node == apply.node)
        #expect(spans.all.filter { $0.trace == trace }.count == 7)

        // From the commit a link leads to the closing of each window that the event counts in.
        #expect(commit.links.count == 5)
        for link in commit.links {
            let close = try #require(spans.all.first { $0.trace == link.trace && $0.id == link.id })
            #expect(close.name == "window close" && close.node == "coordinator" && close.began >= receive.began)
            let publish = try #require(spans.named("intent publish", in: link.trace).first)
            #expect(publish.parent == close.id && publish.node == "e1")
            #expect(publish.attributes["weir.intent_id"] == close.attributes["weir.intent_id"])
            let shown = cluster.directory.path + "/e1/metrics_recorded.ndjson"
            let records = try String(contentsOfFile: shown, encoding: .utf8)
            #expect(records.contains(close.attributes["weir.correlation_id"] ?? "none"))
            #expect(spans.named("intent sink", in: link.trace).allSatisfy { $0.parent == publish.id })
            #expect(!spans.named("intent sink", in: link.trace).isEmpty)
        }
    }

    @Test func withoutAFileNothingIsTraced() throws {
        let node = try RunningNode(extra: ["--trace-ratio", "1"])
        try node.ctl(["send", RunningNode.golden("basic")])
        #expect(!(try node.ctl(["flush"]).output.isEmpty))
        let names = try FileManager.default.subpathsOfDirectory(atPath: node.directory.path)
        #expect(!names.contains { $0.contains("span") })
    }
}
