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
    /// What counts on, one by one: at most 2⁶², so that what follows it exists.
    mutating func position() throws(DecodingFailure) -> UInt64 {
        let number = try varint()
        guard number <= 1 << 62 else { throw .invalid("position \(number) exceeds 2⁶²") }
        return number
    }
    mutating func epoch() throws(DecodingFailure) -> Epoch { Epoch(try position()) }
    mutating func sequence() throws(DecodingFailure) -> FrameSequence { FrameSequence(try position()) }
    mutating func optionalTime() throws(DecodingFailure) -> EventTime? { try flag() ? try time() : nil }
}
