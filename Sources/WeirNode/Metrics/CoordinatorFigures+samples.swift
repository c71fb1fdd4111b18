import WeirCluster
import WeirCore

extension CoordinatorFigures {
    /// - Parameter now: wall clock.
    func samples(at now: WallTime) -> [MetricSample] {
        var samples = [
            MetricSample(.clusterReady, [], isReady ? 1 : 0), MetricSample(.clusterEpoch, [], Double(epoch.value)),
            MetricSample(.clusterNodes, ["worker"], workers.count),
            MetricSample(.clusterNodes, ["ingest"], sources.count),
            MetricSample(.clusterNodes, ["executor"], executors), MetricSample(.openWindows, [], openWindows),
            MetricSample(.intentsPending, [], pendingIntents), MetricSample(.events, ["counted"], tally.counted),
            MetricSample(.events, ["duplicate"], tally.duplicates),
            MetricSample(.events, ["quarantined"], tally.quarantined.values.reduce(0, +)),
            MetricSample(.impossibleTransitions, [], tally.impossibleTransitions),
        ]
        for reason in QuarantineReason.allCases {
            samples.append(MetricSample(.quarantined, [reason.rawValue], tally.quarantined[reason, default: 0]))
        }
        if let watermark {
            samples.append(MetricSample(.watermark, [], Double(watermark.microseconds) / 1e6))
            samples.append(MetricSample(.watermarkLag, [], Double(now.microseconds - watermark.microseconds) / 1e6))
        }
        for (worker, shards) in workers { samples.append(MetricSample(.clusterWorkerShards, [worker.text], shards)) }
        for source in sources {
            let labels = [source.ingest.text]
            if let newest = source.newest {
                samples.append(MetricSample(.sourceNewest, labels, Double(newest.microseconds) / 1e6))
            }
            samples.append(MetricSample(.sourceIdle, labels, source.isIdle ? 1 : 0))
            samples.append(MetricSample(.sourceLag, labels, Double(source.lagFrames)))
        }
        return samples
    }
}
