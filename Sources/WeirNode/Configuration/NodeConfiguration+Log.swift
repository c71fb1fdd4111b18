extension NodeConfiguration {
    /// What is logged, to standard error.
    public struct Log: Sendable, Hashable {
        /// Raw values are swift-log's.
        public enum Level: String, CaseIterable, Sendable {
            case trace
            case debug
            case info
            case notice
            case warning
            case error
            case critical
        }

        public enum Format: String, CaseIterable, Sendable {
            /// One object a line, for machines.
            case json
            /// One line of text, for people.
            case text
        }

        public var level = Level.info
        public var format = Format.text

        public init() {}
    }
}
