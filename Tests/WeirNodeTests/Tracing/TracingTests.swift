import Foundation
import Logging
import Testing
import Tracing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirNode

struct TracingTests {
    @Test func theSameCorrelationIDsAreChosenWhereverTheyAreSeen() {
        let sampler = TraceSampler(ratio: 0.25)
        var columns = Self.columns(count: 4000)
        let chosen = Set((0..<4000).filter { sampler.selects(columns.correlationIDs[$0]) })
        #expect((800..<1200).contains(chosen.count))
        // Of a batch those with the smallest hashes, in whatever order they stand.
        let first = Set(sampler.events(in: columns).map(\.correlationID))
        columns.correlationIDs.reverse()
        #expect(Set(sampler.events(in: columns).map(\.correlationID)) == first)
        #expect(first.count == TracingLimits.eventsPerBatch)
    }

    @Test func theBoundsOfTheRatioAreNoneAndAll() {
        let columns = Self.columns(count: 100)
        #expect(TraceSampler(ratio: 0).events(in: columns).isEmpty)
        #expect(columns.correlationIDs.allSatisfy(TraceSampler(ratio: 1).selects))
        #expect(!TraceSampler(ratio: 1).selects(.zero))
    }

    @Test func aSpanIsWrittenAsTheOpenTelemetryProtocolHasIt() {
        let trace = UUID128("5f0c0a52-6f0f-4a5f-9d5e-0123456789ab")!
        var span = SpanRecord(
            context: TraceContext(traceID: trace, spanID: SpanID(random: 0xAB), parent: SpanID(random: 1)),
            name: "worker apply",
            kind: .consumer,
            beganAt: 1_700_000_000_000_000_000,
            endedAt: 1_700_000_000_000_001_000
        )
        span.attributes["weir.frame"] = Int64(7)
        span.attributes["weir.node"] = "w\"1"
        span.status = SpanStatus(code: .error, message: "no")
        var json = JSONWriter()
        span.write(into: &json)
        #expect(
            json.text
                == #"{"traceId":"5f0c0a526f0f4a5f9d5e0123456789ab","spanId":"00000000000000ab","parentSpanId":"0000000000000001","#
                + #""flags":1,"name":"worker apply","kind":5,"startTimeUnixNano":"1700000000000000000","#
                + #""endTimeUnixNano":"1700000000000001000","#
                + #""attributes":[{"key":"weir.frame","value":{"intValue":"7"}},{"key":"weir.node","value":{"stringValue":"w\"1"}}],"#
                + #""status":{"code":2,"message":"no"}}"#
        )
        #expect(span.context.traceparent == "00-5f0c0a526f0f4a5f9d5e0123456789ab-00000000000000ab-01")
    }

    @Test func aFullFileIsPutAsideAndLinesStayWhole() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/spans"
        let metrics = NodeMetrics()
        let file = try SpanFile(
            path: path,
            bytesMax: 2000,
            node: "n",
            metrics: metrics,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let recorder = SpanRecorder(file: file)
        let task = Task { await file.run() }
        for _ in 0..<3 {
            for _ in 0..<4 { recorder.startSpan("step", context: .topLevel).end() }
            let written = metrics.count(.traceSpans, ["written"])
            while metrics.count(.traceSpans, ["written"]) < written + 4 { try await Task.sleep(for: .milliseconds(5)) }
        }
        task.cancel()
        await task.value
        for name in [path, path + ".1"] {
            let text = try String(contentsOfFile: name, encoding: .utf8)
            #expect(text.utf8.count <= 2000 && text.hasSuffix("\n"))
            for line in text.split(separator: "\n") { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
    }

    @Test func whatDoesNotFitIsDroppedAndCounted() throws {
        let directory = try TemporaryDirectory()
        let metrics = NodeMetrics()
        let file = try SpanFile(
            path: directory.path + "/spans",
            bytesMax: 1 << 20,
            node: "n",
            metrics: metrics,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let recorder = SpanRecorder(file: file)
        for _ in 0..<(TracingLimits.queuedSpans + 5) { recorder.startSpan("step", context: .topLevel).end() }
        #expect(metrics.count(.traceSpans, ["dropped"]) == 5)
    }

    private static func columns(count: Int) -> EventColumns {
        var columns = EventColumns()
        var random = SplitMix64(seed: 7)
        for _ in 0..<count {
            columns.kinds.append(0)
            columns.times.append(EventTime(microseconds: 0))
            columns.eventIDs.append(UUID128(high: random.next(), low: random.next()))
            columns.workflowIDs.append(UUID128(high: random.next(), low: random.next()))
            columns.correlationIDs.append(UUID128(high: random.next(), low: random.next()))
        }
        return columns
    }
}

extension NodeMetrics {
    /// A counter, 0 where it was never counted.
    fileprivate func count(_ metric: NodeMetric, _ labels: [String]) -> Int {
        for sample in samples where sample.metric == metric && sample.labels == labels {
            if case .number(let value) = sample.value { return Int(value) }
        }
        return 0
    }
}
