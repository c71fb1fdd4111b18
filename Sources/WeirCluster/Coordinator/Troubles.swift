import WeirCore
import WeirWire

/// What has gone wrong of late, as far as a coordinator must remember it to tell: in memory alone, since its nodes tell it again.
struct Troubles: Sendable {
    enum Role: String, Sendable {
        case worker
        case ingest
        case executor
    }

    struct Lost: Sendable {
        var role: Role
        var at: WallTime
        /// The last frame that an ingest had acknowledged; nil for others.
        var lastFrame: FrameSequence?
    }

    struct Refusals: Sendable {
        var since: WallTime
        var last: WallTime
        var lines: Int
    }

    struct SinkFailure: Sendable {
        var since: WallTime
        var attempts: Int
        var error: String
        var wasGivenUp: Bool
    }

    /// Nodes that went without a word, until they are back.
    private(set) var lost: [NodeName: Lost] = [:]
    private(set) var refusals: [QuarantineReason: Refusals] = [:]
    /// By executor, until one of its attempts succeeds.
    private(set) var sinkFailures: [NodeName: SinkFailure] = [:]
    /// Why the last transaction could not be stored, until one is.
    var storeFailure: (reason: String, since: WallTime)?

    /// Nodes that are remembered; further ones are not.
    static let lostMax = 64
    /// Wall clock, in microseconds: a node that is gone for longer was taken out.
    static let lostFor: Int64 = 3_600_000_000
    /// Wall clock, in microseconds: refusals that long ago are over.
    static let refusedFor: Int64 = 300_000_000

    mutating func lose(_ node: NodeName, _ role: Role, lastFrame: FrameSequence? = nil, at now: WallTime) {
        lost = lost.filter { now.microseconds - $0.value.at.microseconds < Self.lostFor }
        if lost.count < Self.lostMax { lost[node] = Lost(role: role, at: now, lastFrame: lastFrame) }
    }

    mutating func find(_ node: NodeName) { lost[node] = nil }

    /// Whether a journal is out of reach that may hold what nobody has counted.
    var missesIngest: Bool { lost.values.contains { $0.role == .ingest } }

    mutating func refuse(_ quarantined: [QuarantineReason: Int], at now: WallTime) {
        for (reason, lines) in quarantined where lines > 0 {
            var known = refusals[reason] ?? Refusals(since: now, last: now, lines: 0)
            if now.microseconds - known.last.microseconds >= Self.refusedFor {
                known = Refusals(since: now, last: now, lines: 0)
            }
            known.last = now
            known.lines += lines
            refusals[reason] = known
        }
    }

    mutating func fail(_ executor: NodeName, _ error: String, wasGivenUp: Bool, at now: WallTime) {
        var known = sinkFailures[executor] ?? SinkFailure(since: now, attempts: 0, error: error, wasGivenUp: false)
        known.attempts += 1
        known.error = error
        known.wasGivenUp = known.wasGivenUp || wasGivenUp
        sinkFailures[executor] = known
        if sinkFailures.count > Self.lostMax { sinkFailures = [executor: known] }
    }

    mutating func succeed(_ executor: NodeName) { sinkFailures[executor] = nil }
}
