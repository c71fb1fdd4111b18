extension EventColumns {
    /// An event as JSON text: all fields that Weir reads, none of those that it ignores. For an event whose source line is not at
    /// hand. Read again it gives the same values, bit for bit. Of patterns only the number is known: they are so many empty texts.
    public func json(ofRow row: Int, payload: Int) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("event_type", EventKind(rawValue: kinds[row])?.name)
            json.member("event_id", eventIDs[row].description)
            json.member("correlation_id", correlationIDs[row].description)
            json.member("workflow_id", workflowIDs[row].description)
            json.member("timestamp", times[row].description)
            switch EventKind(rawValue: kinds[row]) {
            case .stageCompleted:
                json.member("stage_name", stageKeys.keys[Int(stages.stage[payload])])
                json.member("stage_number", stages.number[payload])
                json.member("duration_seconds", stages.duration[payload])
                json.member("success", stages.success[payload] == 1)
            case .completed:
                json.member("total_duration_seconds", completions.duration[payload])
                json.member("node_type", nodeTypeKeys.keys[Int(completions.nodeType[payload])])
                json.member("primary_model", modelKeys.keys[Int(completions.model[payload])])
                json.member("quality_score", completions.quality[payload])
                json.member("test_coverage", completions.coverage[payload])
                json.member("complexity_score", completions.complexity[payload])
                json.key("patterns_applied")
                json.array { json in for _ in 0..<completions.patterns[payload] { json.value("") } }
                json.member("total_tokens", completions.tokens[payload])
                json.member("total_cost_usd", completions.cost[payload])
            case .failed:
                json.member("failed_stage", stageKeys.keys[Int(failures.stage[payload])])
                json.member("error_code", errorCodeKeys.keys[Int(failures.errorCode[payload])])
                json.member("partial_duration_seconds", failures.partialDuration[payload])
                json.member("is_retryable", failures.retryable[payload] == 1)
            case .started, nil:
                break
            }
        }
        return json.bytes
    }
}
