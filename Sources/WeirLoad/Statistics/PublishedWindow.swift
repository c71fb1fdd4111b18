import WeirCore

/// What a published intent says about its window.
public struct PublishedWindow: Sendable, Equatable {
    public var window: Window
    public var revision: Int

    public init(window: Window, revision: Int) {
        self.window = window
        self.revision = revision
    }

    /// Reads it off an intent's message (topic, space, JSON), by its first members alone; nil for what is no record of a window.
    /// O(length of the intent's head).
    public init?(message: [UInt8]) {
        let head = message.prefix(Self.headBytes)
        guard let type = Self.text("\"window_type\":\"", in: head).flatMap({ WindowType(name: $0) }),
            let start = Self.text("\"window_start\":\"", in: head).flatMap({ EventTime($0) }),
            let revision = Self.text("\"revision\":", in: head).flatMap({ Int($0) })
        else { return nil }
        self.init(window: Window(type: type, start: start), revision: revision)
    }

    /// The members stand within so many bytes, behind ids and topics.
    private static let headBytes = 4096

    /// What follows a mark, up to a quote, comma or brace.
    private static func text(_ mark: String, in bytes: ArraySlice<UInt8>) -> String? {
        guard let found = bytes.firstRange(of: Array(mark.utf8)) else { return nil }
        let value = bytes[found.upperBound...].prefix { $0 != 0x22 && $0 != 0x2C && $0 != 0x7D }
        return String(decoding: value, as: UTF8.self)
    }
}
