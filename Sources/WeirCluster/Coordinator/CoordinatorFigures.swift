import WeirCore
import WeirWire

/// The state of a cluster in numbers, for who watches it.
public struct CoordinatorFigures: Sendable {
    public struct Source: Sendable {
        public var ingest: NodeName
        public var newest: EventTime?
        public var isIdle: Bool
        public var lagFrames: UInt64
    }

    public var isReady: Bool
    public var epoch: Epoch
    public var watermark: EventTime?
    public var tally: Tally
    public var openWindows: Int
    public var pendingIntents: Int
    /// Shards by worker that is there.
    public var workers: [NodeName: Int]
    public var executors: Int
    public var sources: [Source]
}

extension CoordinatorMachine {
    /// O(shards + ingests × workers).
    public var figures: CoordinatorFigures {
        CoordinatorFigures(
            isReady: isReady,
            epoch: epoch.epoch,
            watermark: watermark,
            tally: tally,
            openWindows: open.count,
            pendingIntents: intents.count,
            workers: workers.keys.reduce(into: [:]) { $0[$1] = epoch.placement.shards(of: $1).count },
            executors: executors.count,
            sources: ingests.sorted { $0.key < $1.key }.map { name, ingest in
                let source = source(name)
                let committed = committed(name).value
                return CoordinatorFigures.Source(
                    ingest: name,
                    newest: source.newest,
                    isIdle: source.isIdle,
                    lagFrames: ingest.report.last.value - min(ingest.report.last.value, committed)
                )
            }
        )
    }
}
