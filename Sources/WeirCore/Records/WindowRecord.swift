/// The part of a window's record that is a function of its events and revision alone (SPEC 3).
public struct WindowRecord: Sendable {
    public let window: Window
    public let end: EventTime
    /// 0 for the first emission of a window, one more for each later one.
    public let revision: Int
    public let aggregate: WindowAggregate

    public init(window: Window, layout: WindowLayout, revision: Int, aggregate: WindowAggregate) {
        self.window = window
        self.end = layout.end(of: window)
        self.revision = revision
        self.aggregate = aggregate
    }

    /// Writes the members, without the braces around them, so that a caller can add those of its run.
    public func write(into json: inout JSONWriter) {
        json.member("window_type", window.type.name)
        json.member("aggregation_type", window.type.name)
        json.member("window_start", window.start.description)
        json.member("window_end", end.description)
        json.member("revision", revision)
        aggregate.writeFigures(into: &json)
    }
}

extension WindowAggregate {
    /// Writes the members of a record that follow from its events, from `total_generations` to `estimates`.
    func writeFigures(into json: inout JSONWriter) {
        writeTotals(into: &json)
        writeStages(into: &json)
        writeModels(into: &json)
        writeNodeTypes(into: &json)
        writeFailures(into: &json)
        writeBuckets(into: &json)
        writeTopWorkflows(into: &json)
        json.member("workflow_ids_tracked", workflows.count)
        json.member("events_processed", eventCount)
        writeEstimates(into: &json)
    }
}

// MARK: - Members

extension WindowAggregate {
    fileprivate func writeTotals(into json: inout JSONWriter) {
        json.member("total_generations", started)
        json.member("successful_generations", completed)
        json.member("failed_generations", failed)
        let finished = completed + failed
        json.member("success_rate", finished == 0 ? nil : Double(completed) / Double(finished))
        let quantiles = durations.quantiles
        json.member("avg_duration_seconds", duration.mean(count: completed))
        json.member("min_duration_seconds", completed == 0 ? 0 : durationMin)
        json.member("max_duration_seconds", durationMax)
        json.member("p50_duration_seconds", quantiles.median)
        json.member("p95_duration_seconds", quantiles.percentile(95))
        json.member("p99_duration_seconds", quantiles.percentile(99))
        json.member("avg_quality_score", quality.mean(count: completed))
        json.member("avg_test_coverage", coverageCount == 0 ? nil : coverage.mean(count: coverageCount))
        json.member("avg_complexity_score", complexityCount == 0 ? nil : complexity.mean(count: complexityCount))
        json.member("total_tokens", tokens)
        json.member("total_cost_usd", cost.value)
        json.member("avg_cost_per_generation", cost.mean(count: completed))
        json.member("intelligence_enabled_count", intelligenceEnabled)
        json.member(
            "avg_patterns_applied",
            intelligenceEnabled == 0 ? 0 : Double(patterns) / Double(intelligenceEnabled)
        )
    }

    fileprivate func writeStages(into json: inout JSONWriter) {
        let groups = stages.sorted
        json.key("avg_stage_durations")
        json.object { json in
            for (key, stage) in groups where stage.completed > 0 {
                json.member(key, stage.duration.mean(count: stage.completed))
            }
        }
        json.key("stage_metrics")
        json.object { json in
            for (key, stage) in groups {
                json.key(key)
                json.object { json in
                    json.member("total_completed", stage.completed)
                    json.member("total_failed", stage.failed)
                    json.member("sum_duration_seconds", stage.duration.value)
                    json.member("avg_duration_seconds", stage.duration.mean(count: stage.completed))
                    json.member("p95_duration_seconds", stage.durations.quantiles.percentile(95))
                    json.member("unique_workflows", stage.workflows.count)
                }
            }
        }
    }

    fileprivate func writeModels(into json: inout JSONWriter) {
        json.key("model_metrics")
        json.object { json in
            for (key, model) in models.sorted {
                json.key(key)
                json.object { json in
                    json.member("total_generations", model.generations)
                    json.member("avg_duration_seconds", model.duration.mean(count: model.generations))
                    json.member("avg_quality_score", model.quality.mean(count: model.generations))
                    json.member("total_tokens", model.tokens)
                    json.member("total_cost_usd", model.cost.value)
                    json.member("avg_cost_per_generation", model.cost.mean(count: model.generations))
                }
            }
        }
    }

    fileprivate func writeNodeTypes(into json: inout JSONWriter) {
        json.key("node_type_metrics")
        json.object { json in
            for (key, nodeType) in nodeTypes.sorted {
                json.key(key)
                json.object { json in
                    json.member("total_generations", nodeType.generations)
                    json.member("avg_duration_seconds", nodeType.duration.mean(count: nodeType.generations))
                    json.member("avg_quality_score", nodeType.quality.mean(count: nodeType.generations))
                }
            }
        }
    }

    fileprivate func writeFailures(into json: inout JSONWriter) {
        json.key("failures_by_error_code")
        json.object { json in
            for (key, count) in errorCodes.sorted { json.member(key, count.failures) }
        }
    }

    fileprivate func writeBuckets(into json: inout JSONWriter) {
        func write(
            _ name: String,
            _ buckets: [BucketAggregate],
            edges: [Double],
            last: (inout JSONWriter, BucketAggregate) -> Void
        ) {
            json.key(name)
            json.array { json in
                for (position, bucket) in buckets.enumerated() {
                    json.object { json in
                        json.member("from", edges[position])
                        json.member("to", position + 1 < edges.count ? edges[position + 1] : nil)
                        json.member("total_generations", bucket.generations)
                        json.member("avg_duration_seconds", bucket.duration.mean(count: bucket.generations))
                        last(&json, bucket)
                    }
                }
            }
        }
        write("quality_score_buckets", qualityBuckets, edges: limits.qualityEdges) { json, bucket in
            json.member("avg_cost_per_generation", bucket.cost.mean(count: bucket.generations))
        }
        write("cost_buckets", costBuckets, edges: limits.costEdges) { json, bucket in
            json.member("avg_quality_score", bucket.quality.mean(count: bucket.generations))
        }
    }

    fileprivate func writeTopWorkflows(into json: inout JSONWriter) {
        for (name, top) in [("top_workflows_by_cost", topByCost), ("top_workflows_by_duration", topByDuration)] {
            json.key(name)
            json.array { json in
                for workflow in top.ranked {
                    json.object { json in
                        json.member("workflow_id", workflow.workflowID.description)
                        json.member("duration_seconds", workflow.duration)
                        json.member("total_tokens", workflow.tokens)
                        json.member("total_cost_usd", workflow.cost)
                    }
                }
            }
        }
    }

    /// `estimates`: field path → how it was estimated and its bound; for truncated dimensions the limit on their keys.
    fileprivate func writeEstimates(into json: inout JSONWriter) {
        func quantile(_ json: inout JSONWriter, _ field: String) {
            json.key(field)
            json.object { json in
                json.member("method", "ddsketch")
                json.member("relative_error_max", DDSketch.relativeError)
            }
        }
        func distinct(_ json: inout JSONWriter, _ field: String) {
            json.key(field)
            json.object { json in
                json.member("method", "hyperloglog")
                json.member("relative_standard_error", HyperLogLog.standardError)
            }
        }
        json.key("estimates")
        json.object { json in
            if durations.isSketched {
                for percent in [50, 95, 99] { quantile(&json, "p\(percent)_duration_seconds") }
            }
            if workflows.isSketched { distinct(&json, "workflow_ids_tracked") }
            for (key, stage) in stages.sorted {
                if stage.durations.isSketched { quantile(&json, "stage_metrics.\(key).p95_duration_seconds") }
                if stage.workflows.isSketched { distinct(&json, "stage_metrics.\(key).unique_workflows") }
            }
            for (dimension, isTruncated) in [
                ("stage_metrics", stages.isTruncated), ("model_metrics", models.isTruncated),
                ("node_type_metrics", nodeTypes.isTruncated), ("failures_by_error_code", errorCodes.isTruncated),
            ] where isTruncated {
                json.key(dimension)
                json.object { json in
                    json.member("method", "bottom_k")
                    json.member("keys_max", limits.groupKeys)
                }
            }
        }
    }
}
