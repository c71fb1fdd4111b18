import Synchronization
import WeirCluster
import WeirConnectors
import WeirCore
import WeirStorage
import WeirWire

/// Writes frames to the journal, as many at once as have gathered while the disk was busy (group commit). On a thread of its own.
actor JournalWriter {
    /// What became of frames.
    enum Outcome: Sendable {
        case synced(FrameSequence)
        case failed(from: FrameSequence, reason: String)
    }

    private let executor = ThreadExecutor(name: "journal")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated let journal: Journal
    private nonisolated let metrics: NodeMetrics
    private nonisolated let queue = Mutex<[JournalledFrame]>([])
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ journal: Journal, metrics: NodeMetrics) {
        self.journal = journal
        self.metrics = metrics
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Queues a frame. The machine bounds what is not synced yet.
    nonisolated func append(_ frame: JournalledFrame) {
        queue.withLock { $0.append(frame) }
        signal.yield()
    }

    /// Forgets what is queued: frames that follow one that failed.
    nonisolated func discardQueued() {
        queue.withLock { $0.removeAll() }
    }

    nonisolated func trim(through sequence: FrameSequence, olderThan moment: EventTime) async throws(JournalFailure) {
        try await trimNow(through: sequence, olderThan: moment)
    }

    private func trimNow(through sequence: FrameSequence, olderThan moment: EventTime) throws(JournalFailure) {
        try journal.trim(through: sequence, olderThan: moment)
    }

    /// Writes until ``finish()``. `report` is awaited before the next write.
    func run(_ report: @Sendable (Outcome) async -> Void) async {
        for await _ in signals {
            let frames = queue.withLock { queue in
                defer { queue = [] }
                return queue
            }
            guard let first = frames.first, let last = frames.last else { continue }
            let clock = ContinuousClock()
            let began = clock.now
            do throws(JournalFailure) {
                try journal.append(frames)
                metrics.observe(.journalFsyncSeconds, [], clock.now - began)
                metrics.add(.journalFrames, [], frames.count)
                metrics.add(.journalBytes, [], frames.reduce(0) { $0 + $1.payload.count })
                await report(.synced(last.sequence))
            } catch {
                metrics.add(.journalFailures)
                await report(.failed(from: first.sequence, reason: error.description))
            }
        }
    }

    /// Tries whether the journal's disk takes writes. Returns why not.
    func probe() -> String? { journal.probe()?.description }

    /// Ends ``run(_:)`` after what is queued.
    nonisolated func finish() { signal.finish() }
}
