/// A piece of a YAML file, or the text of a variable or flag, with its place.
struct ConfigurationNode: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        /// A key without a value, or null.
        case empty
        case text(String, isQuoted: Bool)
        case list([ConfigurationNode])
        case map([Entry])
    }

    struct Entry: Sendable, Hashable {
        var key: String
        /// Of the key.
        var line: Int
        var value: ConfigurationNode
    }

    /// From 1; nil outside a file.
    var line: Int?
    var content: Content

    init(_ content: Content, line: Int? = nil) {
        self.content = content
        self.line = line
    }

    /// The text of a variable or flag.
    init(text: String) {
        self.init(.text(text, isQuoted: false))
    }

    var text: String? {
        if case .text(let text, _) = content { text } else { nil }
    }

    /// Text that may stand for something other than itself; quoted text stands for text alone.
    var plainText: String? {
        if case .text(let text, isQuoted: false) = content { text } else { nil }
    }

    /// The items of a list; outside of files lists are written with commas.
    var items: [ConfigurationNode]? {
        switch content {
        case .list(let items):
            items
        case .text(let text, isQuoted: false) where line == nil:
            text.split(separator: ",", omittingEmptySubsequences: false).map { ConfigurationNode(text: String($0)) }
        case .text, .empty, .map:
            nil
        }
    }

    /// How a message names it; cut to what fits a line.
    var summary: String {
        switch content {
        case .empty: "no value"
        case .text("", _): "empty text"
        case .text(let text, let isQuoted): isQuoted ? "the text \"\(text.prefix(80))\"" : String(text.prefix(80))
        case .list(let items):
            items.allSatisfy { $0.text != nil }
                ? "[" + String(items.map(\.summary).joined(separator: ", ").prefix(80)) + "]" : "this list"
        case .map: "a group of keys"
        }
    }
}
