/// The control URLs of a cluster's coordinators, of which one leads at a time, as one text with commas between them.
enum ControlURLs {
    /// Most that a node is told of.
    static let max = 16

    /// One by one, as they stand; at least one.
    static func split(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// Where a coordinator listens.
    static func single(_ text: String) throws(SeveralURLs) -> String {
        guard split(text).count == 1, DiscoveryURL(text) == nil else { throw SeveralURLs(urls: text) }
        return text
    }

    /// A coordinator is to listen at several URLs.
    struct SeveralURLs: Error, CustomStringConvertible {
        let urls: String

        var description: String {
            "node.control_url names several coordinators, or where to look for them (\(urls)); say which of them this one is: --listen (weir up: --control)"
        }
    }
}
