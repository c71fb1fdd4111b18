import WeirCore
import WeirParser

/// Valid lines of each kind, and changes to them.
enum Lines {
    static let ids = """
        "event_id":"11111111-1111-4111-8111-111111111111","correlation_id":"22222222-2222-4222-8222-222222222222",\
        "workflow_id":"33333333-3333-4333-8333-333333333333","timestamp":"2026-11-03T00:00:01.5Z"
        """

    static let started = #"{"event_type":"CODEGEN_STARTED",\#(ids),"prompt":"a \"quoted\" text"}"#
    static let stage = """
        {"event_type":"CODEGEN_STAGE_COMPLETED",\(ids),"stage_name":"validation","stage_number":3,"duration_seconds":1.25,"success":true}
        """
    static let completed = """
        {"event_type":"CODEGEN_COMPLETED",\(ids),"total_duration_seconds":12.5,"node_type":"effect","primary_model":"m-1",\
        "quality_score":0.75,"test_coverage":null,"complexity_score":-2.5,"patterns_applied":["a","b"],"total_tokens":1200,\
        "total_cost_usd":0.025}
        """
    static let failed = """
        {"event_type":"CODEGEN_FAILED",\(ids),"failed_stage":"validation","error_code":"E42","partial_duration_seconds":3,\
        "is_retryable":true}
        """
    static let all = [started, stage, completed, failed]

    static func parse(_ text: String, limits: ParserLimits = ParserLimits()) -> ParsedBatch {
        parse(Array(text.utf8), limits: limits)
    }

    static func parse(_ bytes: [UInt8], limits: ParserLimits = ParserLimits()) -> ParsedBatch {
        var parser = EventParser(limits: limits)
        var batch = ParsedBatch()
        bytes.withUnsafeBytes { parser.parse($0, into: &batch) }
        return batch
    }
}

extension String {
    func replacing(_ part: String, by other: String) -> String {
        precondition(contains(part), "\(part) is in the line")
        return split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
