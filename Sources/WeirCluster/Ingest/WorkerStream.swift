import WeirCore
import WeirWire

/// How far an ingest is with one worker in the current epoch.
///
/// `idle → delivering → idle`, `idle → reading → idle`; one delivery in flight, so that the worker gets frames in order.
struct WorkerStream: Sendable {
    enum State: Sendable {
        /// Next: delivering, reading.
        case idle
        /// A delivery awaits its reply. Next: idle.
        case delivering(through: FrameSequence, bytes: Int)
        /// The journal is being read for this worker. Next: idle.
        case reading
        /// A delivery failed or was put off. Next: idle, at that moment.
        case waiting(until: WallTime)
    }

    /// Of the worker in the placement.
    let index: Int
    let url: String
    var state = State.idle
    /// The last frame that the worker has applied.
    var applied = FrameSequence.none
    /// What the last delivery said of progress, so that nothing is said twice.
    var toldNewest: EventTime?
    var toldIdle = false
    var hasBeenTold = false
    /// Bytes of frames after ``lagsFrom`` that are on disk and that the worker has not applied.
    var lagBytes = 0
    /// The last frame when the stream began: what the worker replays up to there is no lag.
    let lagsFrom: FrameSequence
    /// Frames read from the journal that wait to be delivered, and the position that they follow.
    private var fromJournal: ArraySlice<RecentFrames.Entry> = []
    private var journalFollows = FrameSequence.none

    /// Wall clock: pause after a failed delivery.
    static let retryDelay: Int64 = 50_000

    init(index: Int, url: String, lagsFrom: FrameSequence) {
        self.index = index
        self.url = url
        self.lagsFrom = lagsFrom
    }

    /// Takes the journal's frames after ``applied``.
    mutating func take(fromJournal frames: [RecentFrames.Entry]) {
        fromJournal = frames[...]
        journalFollows = applied
    }

    /// What was read from the journal and comes next; nil when it has to be read, or has it no longer.
    mutating func nextFromJournal() -> ArraySlice<RecentFrames.Entry>? {
        guard journalFollows <= applied else {
            fromJournal = []
            return nil
        }
        fromJournal = fromJournal.drop { $0.sequence <= applied }
        journalFollows = applied
        return fromJournal.isEmpty ? nil : fromJournal
    }

    mutating func failed(at now: WallTime) {
        state = .waiting(until: now.advanced(byMicroseconds: Self.retryDelay))
        hasBeenTold = false
    }
}

extension IngestMachine {
    mutating func deliverAll(at now: WallTime, _ effects: inout [IngestEffect]) {
        for worker in streams.keys.sorted() { deliver(to: worker, at: now, &effects) }
    }

    /// Sends a worker what it lacks, if it has nothing in flight.
    private mutating func deliver(to worker: NodeName, at now: WallTime, _ effects: inout [IngestEffect]) {
        guard let view, var stream = streams[worker] else { return }
        defer { streams[worker] = stream }
        switch stream.state {
        case .delivering, .reading: return
        case .waiting(let until) where now < until: return
        case .waiting, .idle: stream.state = .idle
        }
        let next = stream.applied.next
        if next <= lastSynced {
            if let frames = stream.nextFromJournal() {
                send(frames, view, worker, &stream, at: now, &effects)
            } else if let frames = recent.frames(from: next) {
                send(frames, view, worker, &stream, at: now, &effects)
            } else {
                stream.state = .reading
                effects.append(.readJournal(worker: worker, epoch: view.epoch, from: next))
            }
        } else {
            let idle = isIdle(at: now)
            guard !stream.hasBeenTold || stream.toldNewest != syncedNewest || stream.toldIdle != idle else { return }
            send([], view, worker, &stream, at: now, &effects)
        }
    }

    private func send(
        _ frames: ArraySlice<RecentFrames.Entry>,
        _ view: ClusterView,
        _ worker: NodeName,
        _ stream: inout WorkerStream,
        at now: WallTime,
        _ effects: inout [IngestEffect]
    ) {
        var parts: [Delivery.Part] = []
        var partBytes = 0
        var frameBytes = 0
        var through = stream.applied
        var newest = frames.isEmpty ? syncedNewest : stream.toldNewest
        for frame in frames {
            if partBytes >= limits.deliveryBytes { break }
            for part in frame.parts where part.worker == stream.index {
                parts.append(Delivery.Part(sequence: frame.sequence, bytes: part.bytes))
                partBytes += part.bytes.count
            }
            if frame.sequence > stream.lagsFrom { frameBytes += frame.bytes }
            through = frame.sequence
            newest = frame.newest
        }
        let idle = through == lastSynced && isIdle(at: now)
        stream.state = .delivering(through: through, bytes: frameBytes)
        stream.toldNewest = newest
        stream.toldIdle = idle
        stream.hasBeenTold = true
        effects.append(
            .deliver(
                worker: worker,
                url: stream.url,
                Delivery(
                    epoch: view.epoch,
                    ingest: name,
                    previous: stream.applied,
                    parts: parts,
                    through: through,
                    newest: newest,
                    isIdle: idle
                )
            )
        )
    }

    mutating func handle(
        _ reply: DeliveryReply,
        from worker: NodeName,
        epoch: Epoch,
        at now: WallTime,
        _ effects: inout [IngestEffect]
    ) {
        guard let view, epoch == view.epoch, var stream = streams[worker],
            case .delivering(_, let bytes) = stream.state
        else { return }
        stream.state = .idle
        switch reply {
        case .applied(let reached):
            stream.applied = max(stream.applied, reached)
            // What is sent a second time is subtracted twice; a worker that has everything sets it right.
            stream.lagBytes = stream.applied >= lastSynced ? 0 : max(0, stream.lagBytes - bytes)
        case .gap(let expected):
            stream.applied = expected
            stream.hasBeenTold = false
        case .wrongEpoch, .notReady:
            // The view or the worker is about to change, or another ingest has to go first.
            stream.failed(at: now)
        }
        streams[worker] = stream
        if let slowest = streams.values.map(\.applied).min() { recent.drop(through: slowest) }
        deliver(to: worker, at: now, &effects)
    }

    mutating func handle(
        _ frames: [JournalledFrame],
        for worker: NodeName,
        epoch: Epoch,
        at now: WallTime,
        _ effects: inout [IngestEffect]
    ) {
        guard let view, epoch == view.epoch, var stream = streams[worker], case .reading = stream.state else { return }
        stream.state = .idle
        var entries: [RecentFrames.Entry] = []
        for journalled in frames {
            var parts: [Frame.Part] = []
            do throws(DecodingFailure) {
                let frame = try Frame(decoding: journalled.payload)
                parts = try placements.parts(of: frame, for: stream.index, in: view.placement)
            } catch {
                effects.append(.damaged(journalled.sequence, reason: error.description))
            }
            entries.append(
                RecentFrames.Entry(
                    sequence: journalled.sequence,
                    newest: journalled.newest,
                    parts: parts,
                    bytes: journalled.payload.count
                )
            )
        }
        if frames.isEmpty {
            // Everything from there on was trimmed: an empty entry takes the stream to the end.
            entries = [RecentFrames.Entry(sequence: lastSynced, newest: syncedNewest, parts: [], bytes: 0)]
        }
        stream.take(fromJournal: entries)
        streams[worker] = stream
        deliver(to: worker, at: now, &effects)
    }
}
