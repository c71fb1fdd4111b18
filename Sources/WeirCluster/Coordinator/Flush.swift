import WeirCore
import WeirWire

/// A running end of stream: `sealing → committing → executing`.
struct Flush: Sendable {
    enum Phase: Sendable {
        /// Every ingest has to say how far its journal goes: also one that is missing, which has to come back, or to be given up (forget).
        /// Next: committing.
        case sealing
        /// Every shard has to commit up to there. Next: executing.
        case committing([NodeName: FrameSequence])
        /// The intents of the windows that were closed have to be carried out. The flush ends with them.
        case executing(windows: Int)
    }

    let id: UInt64
    var phase: Phase
    var requests: [RequestID]
}

extension CoordinatorMachine {
    mutating func beginFlush(_ request: RequestID, at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        guard flush == nil else {
            // What runs may have sealed before this request's events came: it gets a flush of its own.
            waitingFlushes.append(request)
            return
        }
        lastFlush += 1
        // Ids differ between lives of the coordinator, so that an ingest's old seal does not count.
        flush = Flush(
            id: UInt64(bitPattern: startedAt.microseconds) << 16 | (lastFlush & 0xFFFF),
            phase: .sealing,
            requests: [request]
        )
        advanceFlush(at: now, &effects)
    }

    /// Whether every live ingest has been heard of: after a restart they need a moment to report, and a flush that does not know of one
    /// would not wait for what it has acknowledged.
    private func knowsIngests(at now: WallTime) -> Bool {
        !hadEpoch || now.microseconds - startedAt.microseconds >= limits.nodeTimeout.inMicroseconds
    }

    mutating func advanceFlush(at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        guard var current = flush else { return }
        if case .sealing = current.phase {
            guard knowsIngests(at: now), !troubles.missesIngest,
                ingests.values.allSatisfy({ $0.report.sealedFlush == current.id })
            else { return }
            current.phase = .committing(ingests.mapValues(\.report.last))
        }
        if case .committing(let sealed) = current.phase {
            flush = current
            guard parked.isEmpty, sealed.allSatisfy({ committed($0.key) >= $0.value }) else { return }
            let closed = open.keys.sorted()
            current.phase = .executing(windows: closed.count)
            flush = nil
            close(closed, cause: .flush, at: now, &effects)
            effects.append(.note(.flushed(windows: closed.count)))
        }
        flush = current
        if case .executing(let windows) = current.phase, intents.isEmpty {
            flush = nil
            var json = JSONWriter()
            json.object { json in
                json.member("flushed", true)
                json.member("windows_closed", windows)
                json.member("watermark", watermark?.description)
            }
            for request in current.requests { effects.append(.reply(request, .json(json.bytes))) }
            if !waitingFlushes.isEmpty {
                let next = waitingFlushes
                waitingFlushes = []
                beginFlush(next[0], at: now, &effects)
                if flush != nil {
                    flush!.requests += next.dropFirst()
                } else {
                    for request in next.dropFirst() { beginFlush(request, at: now, &effects) }
                }
            }
        }
    }
}
