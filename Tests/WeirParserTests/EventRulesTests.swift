import Testing
import WeirCore
import WeirParser

/// Each rule of the table of SPEC 1, kept and broken.
@Suite struct EventRulesTests {
    @Test func validLinesBecomeRows() {
        let batch = Lines.parse(Lines.all.joined(separator: "\n"))
        #expect(batch.quarantined.isEmpty)
        #expect(batch.lines == 4)
        #expect(batch.columns.kinds == [0, 1, 2, 3])
        #expect(batch.columns.times.allSatisfy { $0 == EventTime("2026-11-03T00:00:01.5Z") })
        #expect(batch.columns.stages.number == [3])
        #expect(batch.columns.stages.duration == [1.25])
        #expect(batch.columns.completions.quality == [0.75])
        #expect(batch.columns.completions.coverage[0].isNaN)
        #expect(batch.columns.completions.complexity == [-2.5])
        #expect(batch.columns.completions.patterns == [2])
        #expect(batch.columns.completions.tokens == [1200])
        #expect(batch.columns.failures.partialDuration == [3])
        #expect(batch.columns.failures.retryable == [1])
    }

    /// A line, what of it is replaced by what, the reason, and the field that the detail names.
    static let violations: [(String, String, String, QuarantineReason, String)] = [
        (Lines.started, "CODEGEN_STARTED", "CODEGEN_PAUSED", .unknownEventType, "event_type"),
        (Lines.started, #""CODEGEN_STARTED""#, "7", .unknownEventType, "event_type"),
        (Lines.started, #""event_type":"CODEGEN_STARTED","#, "", .unknownEventType, "event_type"),
        (
            Lines.started, "11111111-1111-4111-8111-111111111111", "11111111-1111-4111-8111-11111111111",
            .validationError, "event_id"
        ),
        (
            Lines.started, "11111111-1111-4111-8111-111111111111", "1111111111114111811111111111111111111",
            .validationError, "event_id"
        ),
        (Lines.started, "22222222-2222-4222", "2222222g-2222-4222", .validationError, "correlation_id"),
        (Lines.started, #""33333333-3333-4333-8333-333333333333""#, "null", .validationError, "workflow_id"),
        (Lines.started, "2026-11-03T00:00:01.5Z", "yesterday", .validationError, "timestamp"),
        (Lines.started, #""2026-11-03T00:00:01.5Z""#, "1793664001", .validationError, "timestamp"),
        (Lines.stage, #""validation""#, #""""#, .validationError, "stage_name"),
        (Lines.stage, #""validation""#, "null", .validationError, "stage_name"),
        (Lines.stage, #""stage_number":3"#, #""stage_number":0"#, .validationError, "stage_number"),
        (Lines.stage, #""stage_number":3"#, #""stage_number":9"#, .validationError, "stage_number"),
        (Lines.stage, #""stage_number":3"#, #""stage_number":3.5"#, .validationError, "stage_number"),
        (Lines.stage, #""stage_number":3"#, #""stage_number":"3""#, .validationError, "stage_number"),
        (Lines.stage, "1.25", "-1.25", .validationError, "duration_seconds"),
        (Lines.stage, "1.25", "1e999", .validationError, "duration_seconds"),
        (Lines.stage, "1.25", #""1.25""#, .validationError, "duration_seconds"),
        (Lines.stage, #""success":true"#, #""success":1"#, .validationError, "success"),
        (Lines.stage, #","success":true"#, "", .validationError, "success"),
        (Lines.completed, "12.5", "-0.001", .validationError, "total_duration_seconds"),
        (Lines.completed, #""effect""#, #""""#, .validationError, "node_type"),
        (Lines.completed, #""m-1""#, "[]", .validationError, "primary_model"),
        (Lines.completed, "0.75", "1.0000001", .validationError, "quality_score"),
        (Lines.completed, "0.75", "-0.1", .validationError, "quality_score"),
        (Lines.completed, #""test_coverage":null"#, #""test_coverage":1.5"#, .validationError, "test_coverage"),
        (Lines.completed, #""test_coverage":null"#, #""test_coverage":"high""#, .validationError, "test_coverage"),
        (Lines.completed, "-2.5", "1e400", .validationError, "complexity_score"),
        (Lines.completed, #"["a","b"]"#, #"["a",7]"#, .validationError, "patterns_applied"),
        (Lines.completed, #"["a","b"]"#, #""a""#, .validationError, "patterns_applied"),
        (Lines.completed, "1200", "-1", .validationError, "total_tokens"),
        (Lines.completed, "1200", "1200.5", .validationError, "total_tokens"),
        (Lines.completed, "1200", "9223372036854775808", .validationError, "total_tokens"),
        (Lines.completed, "0.025", "-0.025", .validationError, "total_cost_usd"),
        (Lines.failed, #""validation""#, #""""#, .validationError, "failed_stage"),
        (Lines.failed, #""E42""#, "42", .validationError, "error_code"),
        (
            Lines.failed, #""partial_duration_seconds":3"#, #""partial_duration_seconds":-3"#, .validationError,
            "partial_duration_seconds"
        ),
    ]

    @Test(arguments: violations.indices)
    func aBrokenRuleQuarantinesTheLineWholeAndNamesTheField(index: Int) throws {
        let (line, part, other, reason, field) = Self.violations[index]
        let broken = line.replacing(part, by: other)
        let batch = Lines.parse([Lines.started, broken, Lines.failed].joined(separator: "\n"))
        let refused = try #require(batch.quarantined.first)
        #expect(batch.quarantined.count == 1)
        #expect(refused.reason == reason)
        #expect(refused.detail.hasPrefix("\(field):"), "\(refused.detail)")
        #expect(refused.bytes == Array(broken.utf8))
        #expect(refused.line == 1)
        #expect(batch.columns.kinds == [0, 3])
        #expect(batch.columns.stages.number.isEmpty && batch.columns.completions.duration.isEmpty)
    }

    @Test(arguments: [
        (Lines.started, "11111111-1111-4111-8111-111111111111", "ABCDEF12-1111-4111-8111-11111111abcd"),
        (Lines.started, "2026-11-03T00:00:01.5Z", "2026-11-03 02:00:01.500000001+02:00"),
        (Lines.started, #""prompt":"a \"quoted\" text""#, #""prompt":{"deep":[1,2,{"x":null}]}"#),
        (Lines.stage, "1.25", "0"), (Lines.stage, "1.25", "-0.0"), (Lines.stage, "1.25", "1e-320"),
        (Lines.completed, #""test_coverage":null,"#, ""), (Lines.completed, #""complexity_score":-2.5,"#, ""),
        (Lines.completed, #""patterns_applied":["a","b"],"#, ""), (Lines.completed, "0.75", "1"),
        (Lines.completed, "1200", "9223372036854775807"), (Lines.completed, "effect", "übrig \\u00e9\\n"),
        (Lines.failed, #","is_retryable":true"#, ""),
    ])
    func whatTheRulesAllowIsTaken(line: String, part: String, other: String) {
        let batch = Lines.parse(line.replacing(part, by: other))
        #expect(batch.quarantined.map(\.detail) == [])
        #expect(batch.columns.count == 1)
    }

    @Test func anEnvelopeIsItsPayload() {
        let payload = Lines.started.replacing(#""event_type":"CODEGEN_STARTED","#, by: "")
            .replacing(#""correlation_id":"22222222-2222-4222-8222-222222222222","#, by: "")
        let envelope = """
            {"envelope_version":"1.0","event_type":"CODEGEN_STARTED","correlation_id":"44444444-4444-4444-8444-444444444444",\
            "payload":\(payload)}
            """
        let batch = Lines.parse(envelope)
        #expect(batch.quarantined.isEmpty)
        #expect(batch.columns.correlationIDs == [UUID128("44444444-4444-4444-8444-444444444444")!])
        #expect(batch.columns.eventIDs == [UUID128("11111111-1111-4111-8111-111111111111")!])
    }

    @Test func aPayloadsOwnFieldsComeFirst() {
        let envelope = """
            {"payload":\(Lines.started),"envelope_version":2,"event_type":"CODEGEN_FAILED",\
            "correlation_id":"44444444-4444-4444-8444-444444444444"}
            """
        let batch = Lines.parse(envelope)
        #expect(batch.quarantined.isEmpty)
        #expect(batch.columns.kinds == [EventKind.started.rawValue])
        #expect(batch.columns.correlationIDs == [UUID128("22222222-2222-4222-8222-222222222222")!])
    }
}
