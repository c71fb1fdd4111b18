import WeirCore

extension ByteWriter {
    mutating func name(_ name: NodeName) { text(name.text) }
    mutating func epoch(_ epoch: Epoch) { varint(epoch.value) }
    mutating func sequence(_ sequence: FrameSequence) { varint(sequence.value) }
    mutating func optionalTime(_ time: EventTime?) {
        flag(time != nil)
        if let time { self.time(time) }
    }
}

extension ByteReader {
    mutating func name() throws(DecodingFailure) -> NodeName {
        let text = try text()
        guard let name = NodeName(text) else { throw .invalid("\"\(text.prefix(80))\" is no node name") }
        return name
    }
    mutating func epoch() throws(DecodingFailure) -> Epoch { Epoch(try varint()) }
    mutating func sequence() throws(DecodingFailure) -> FrameSequence { FrameSequence(try varint()) }
    mutating func optionalTime() throws(DecodingFailure) -> EventTime? { try flag() ? try time() : nil }
}
