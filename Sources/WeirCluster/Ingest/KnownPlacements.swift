import WeirCore
import WeirWire

/// The placements that an ingest has seen since it started: what says whose rows an old part of a frame holds.
struct KnownPlacements: Sendable {
    private var placements: [Placement] = []

    /// Placements that are remembered. Frames that were cut for an older one are cut anew.
    static let placementsMax = 64

    mutating func add(_ placement: Placement) {
        guard placements.last != placement else { return }
        placements.removeAll { $0.fingerprint == placement.fingerprint }
        if placements.count >= Self.placementsMax { placements.removeFirst() }
        placements.append(placement)
    }

    /// Parts of a frame as a worker gets them in the present placement. A frame that was cut for an earlier one goes as it is, without those parts
    /// of which no shard is the worker's now: it takes the rows of its shards, and leaves the others alone. Cutting it anew costs far more than
    /// that, for every worker.
    ///
    /// - Throws: when a part can't be read. Several workers may get the same part, and each would put it in quarantine.
    func parts(
        of frame: Frame,
        for worker: Int,
        in present: Placement
    ) throws(DecodingFailure) -> [Frame.Part] {
        guard frame.placement != present.fingerprint else { return frame.parts }
        guard let past = placements.last(where: { $0.fingerprint == frame.placement }), past.shards == present.shards
        else { return try FrameCutter.recut(frame, by: present) }
        let needed = Set(present.owners.indices.lazy.filter { present.owners[$0] == worker }.map { past.owners[$0] })
        var parts: [Frame.Part] = []
        for part in frame.parts where needed.contains(part.worker) {
            _ = try FramePart(decoding: part.bytes)
            parts.append(Frame.Part(worker: worker, bytes: part.bytes))
        }
        return parts
    }
}
