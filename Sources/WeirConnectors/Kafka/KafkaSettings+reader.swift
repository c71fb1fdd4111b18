extension KafkaSettings {
    /// Longest message in bytes: a longer one stops its partition.
    private static let messageBytesMax = 512 << 20

    /// The options of a client that reads messages, and says itself how far it is.
    ///
    /// - Parameter bufferBytes: bytes of messages that are fetched ahead, in all; a single larger message has room.
    func readerOptions(node: String, password: String?, bufferBytes: Int) -> [String: String] {
        var options = options(node: node, password: password)
        options["enable.auto.commit"] = "false"
        options["enable.auto.offset.store"] = "false"
        options["check.crcs"] = "true"
        options["queued.max.messages.kbytes"] = "\(max(1, bufferBytes >> 10))"
        options["fetch.message.max.bytes"] = "\(min(1 << 20, bufferBytes))"
        options["receive.message.max.bytes"] = "\(Self.messageBytesMax + (1 << 20))"
        options["allow.auto.create.topics"] = "false"
        return options
    }
}
