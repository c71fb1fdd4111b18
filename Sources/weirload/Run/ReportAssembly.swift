import WeirCore
import WeirLoad
import WeirNode

extension RunReport {
    /// The report of a run.
    init(
        _ outcome: LoadRun.Outcome,
        of run: LoadRun,
        profile: RateProfile,
        verification: Verification
    ) {
        let plan = run.plan
        let options = run.options
        let warmUp = options.warmUp / .seconds(1)
        let statistics = outcome.statistics
        // What was due and is acknowledged after the schedule's end took that long.
        let measured = max(1e-9, max(plan.schedule.seconds, outcome.end.seconds) - warmUp)
        let offered = plan.schedule.events - plan.schedule.events(before: RunTime(seconds: warmUp))
        let acknowledged = Double(statistics.totals.measuredEvents) / measured
        let bytesPerEvent = Double(statistics.totals.bytes) / Double(max(1, statistics.totals.acknowledgedEvents))
        let (windows, windowLatency) = Self.windows(outcome, warmUp: RunTime(seconds: warmUp))
        var harness = Harness(
            lag: statistics.lagSummary,
            heldBackShare: Double(statistics.totals.heldBackBatches)
                / Double(max(1, statistics.totals.acknowledgedBatches)),
            generatorShare: outcome.generatorShare,
            cores: outcome.harnessCores
        )
        let offeredRate = Double(offered) / max(1e-9, plan.schedule.seconds - warmUp)
        harness.warnings = HarnessVerdict.warnings(
            harness,
            latency: statistics.latencySummary,
            offered: offeredRate,
            acknowledged: acknowledged,
            inFlight: plan.lanes * options.inFlight
        )
        self.init(
            tool: "weirload \(WeirVersion.current)",
            startedAt: outcome.clock.origin.description,
            target: options.urls.joined(separator: ", "),
            transport: Set(options.urls.map { HTTPAddress($0).map { $0.isSecure ? "HTTPS" : "HTTP" } ?? "nng" })
                .sorted().joined(
                    separator: " and "
                ),
            profile: profile.description,
            settings: Settings(
                seed: plan.generator.seed,
                connections: plan.lanes,
                inFlight: options.inFlight,
                batchEvents: plan.batchSize,
                batchWaitMs: plan.batchWait / .milliseconds(1),
                warmUpSeconds: warmUp
            ),
            scheduledSeconds: plan.schedule.seconds,
            measuredSeconds: measured,
            scheduledEvents: plan.schedule.events,
            statistics: statistics,
            offeredPerSecond: offeredRate,
            acknowledgedPerSecond: acknowledged,
            megabytesPerSecond: acknowledged * bytesPerEvent / 1e6,
            windowLatency: options.intentsURL == nil ? nil : windowLatency,
            windows: windows,
            harness: harness,
            processes: outcome.processes,
            verification: verification,
            errors: outcome.errors,
            series: outcome.series
        )
    }

    /// Streaming windows that could close during the run, after the warm-up.
    private static func windows(
        _ outcome: LoadRun.Outcome,
        warmUp: RunTime
    ) -> ([WindowSample], LatencySummary) {
        var histogram = LatencyHistogram()
        var samples: [WindowSample] = []
        for (start, passed) in outcome.observer.windows.passed.sorted(by: { $0.key < $1.key }) where passed >= warmUp {
            // A window without events has no record.
            guard outcome.observer.tally.panes[start] != nil else { continue }
            let latency = outcome.arrivals[start].map { $0.nanoseconds - passed.nanoseconds }
            if let latency { histogram.record(nanoseconds: latency) }
            samples.append(
                WindowSample(
                    start: start.description,
                    second: passed.seconds,
                    latencyMs: latency.map { Double(max(0, $0)) / 1e6 }
                )
            )
        }
        return (samples, histogram.summary)
    }
}
