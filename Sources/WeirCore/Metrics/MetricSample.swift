/// The value of a metric in one window, for the window or one group of it.
public struct MetricSample: Sendable, Hashable {
    /// Nil for the whole window.
    public var group: String?
    public var value: Double
    /// Events that the value says something about: of a rate those that ended, of a duration or mean its terms, otherwise all.
    public var weight: Int

    public init(group: String?, value: Double, weight: Int) {
        self.group = group
        self.value = value
        self.weight = weight
    }
}

extension WindowAggregate {
    /// The samples of a metric: one for the whole window without a dimension, else one a group in byte order of the keys. Means of
    /// nothing are left out, as is everything that the dimension does not have. O(groups log groups); O(values log values) for
    /// quantiles.
    public func samples(of metric: Metric, by dimension: Dimension?) -> [MetricSample] {
        switch dimension {
        case nil: whole(metric).map { [$0] } ?? []
        case .stage: stages.sorted.compactMap { $0.value.sample(metric, group: $0.key) }
        case .model: models.sorted.compactMap { $0.value.sample(metric, group: $0.key) }
        case .nodeType: nodeTypes.sorted.compactMap { $0.value.sample(metric, group: $0.key) }
        case .errorCode:
            metric != .failures
                ? []
                : errorCodes.sorted.map {
                    MetricSample(group: $0.key, value: Double($0.value.failures), weight: $0.value.failures)
                }
        }
    }

    private func whole(_ metric: Metric) -> MetricSample? {
        func count(_ count: Int) -> MetricSample {
            MetricSample(group: nil, value: Double(count), weight: eventCount)
        }
        func mean(_ value: @autoclosure () -> Double, of terms: Int) -> MetricSample? {
            terms == 0 ? nil : MetricSample(group: nil, value: value(), weight: terms)
        }
        let finished = self.completed + failed
        return switch metric {
        case .totalGenerations: count(started)
        case .successfulGenerations: count(completed)
        case .failedGenerations: count(failed)
        case .successRate: mean(Double(completed) / Double(finished), of: finished)
        case .averageDuration: mean(duration.mean(count: completed), of: completed)
        case .medianDuration: mean(durations.quantiles.median, of: completed)
        case .p95Duration: mean(durations.quantiles.percentile(95), of: completed)
        case .p99Duration: mean(durations.quantiles.percentile(99), of: completed)
        case .averageQuality: mean(quality.mean(count: completed), of: completed)
        case .averageCoverage: mean(coverage.mean(count: coverageCount), of: coverageCount)
        case .averageComplexity: mean(complexity.mean(count: complexityCount), of: complexityCount)
        case .totalTokens: MetricSample(group: nil, value: Double(tokens), weight: completed)
        case .totalCost: MetricSample(group: nil, value: cost.value, weight: completed)
        case .averageCost: mean(cost.mean(count: completed), of: completed)
        case .workflowsTracked: count(workflows.count)
        case .eventsProcessed: count(eventCount)
        case .totalCompleted, .totalFailed, .uniqueWorkflows, .failures, .stuckWorkflows: nil
        }
    }
}

extension StageAggregate {
    fileprivate func sample(_ metric: Metric, group: String) -> MetricSample? {
        let value: Double
        switch metric {
        case .totalCompleted: value = Double(completed)
        case .totalFailed: value = Double(failed)
        case .uniqueWorkflows: value = Double(workflows.count)
        case .averageDuration where completed > 0: value = duration.mean(count: completed)
        case .p95Duration where completed > 0: value = durations.quantiles.percentile(95)
        default: return nil
        }
        return MetricSample(group: group, value: value, weight: metric.isMean ? completed : completed + failed)
    }
}

extension ModelAggregate {
    fileprivate func sample(_ metric: Metric, group: String) -> MetricSample? {
        let value: Double
        switch metric {
        case .totalGenerations: value = Double(generations)
        case .averageDuration where generations > 0: value = duration.mean(count: generations)
        case .averageQuality where generations > 0: value = quality.mean(count: generations)
        case .totalTokens: value = Double(tokens)
        case .totalCost: value = cost.value
        case .averageCost where generations > 0: value = cost.mean(count: generations)
        default: return nil
        }
        return MetricSample(group: group, value: value, weight: generations)
    }
}

extension NodeTypeAggregate {
    fileprivate func sample(_ metric: Metric, group: String) -> MetricSample? {
        let value: Double
        switch metric {
        case .totalGenerations: value = Double(generations)
        case .averageDuration where generations > 0: value = duration.mean(count: generations)
        case .averageQuality where generations > 0: value = quality.mean(count: generations)
        default: return nil
        }
        return MetricSample(group: group, value: value, weight: generations)
    }
}
