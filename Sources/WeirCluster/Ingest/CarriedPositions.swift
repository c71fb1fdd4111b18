import WeirWire

/// The positions in a log that an ingest's frames carry, each time whole, so that the last frame that carries them says all.
struct CarriedPositions: Sendable, Equatable {
    /// They are carried again after so many frames that hold nothing of the log, so that the others can be trimmed.
    static let framesMax: UInt64 = 1024

    private(set) var positions: LogPositions?
    /// The last frame that carries them; none when that is not known.
    private var frame = FrameSequence.none

    init(_ positions: LogPositions?) {
        self.positions = positions
    }

    /// Takes over those of batches that become a frame. Returns what the frame is to carry.
    mutating func take(_ new: [LogPositions], into sequence: FrameSequence) -> LogPositions? {
        for new in new {
            if positions == nil { positions = new } else { positions!.advance(by: new) }
        }
        guard positions != nil else { return nil }
        let isDue = frame == .none || sequence.value - frame.value >= Self.framesMax
        guard !new.isEmpty || isDue else { return nil }
        frame = sequence
        return positions
    }

    /// Frames after it may not be trimmed: the first of them is the last one to carry what must not be lost.
    var trimBound: FrameSequence {
        if positions == nil { return FrameSequence(.max) }
        return frame == .none ? .none : FrameSequence(frame.value - 1)
    }
}
