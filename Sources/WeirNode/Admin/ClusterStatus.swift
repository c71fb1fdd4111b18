/// What a coordinator says of its cluster, as far as views of it need it. Decoded from snake case.
public struct ClusterStatus: Decodable, Sendable {
    public struct Events: Decodable, Sendable {
        public var accepted: Int
        public var counted: Int
        public var duplicate: Int
        public var quarantined: Int
        public var quarantinedByReason: [String: Int]
    }
    public struct Worker: Decodable, Sendable {
        public var name: String
        public var shards: Int
        public var commits: Int
        public var silentMs: Int
    }
    public struct Ingest: Decodable, Sendable {
        public var name: String
        public var accepted: Int
        public var lagFrames: Int
        public var newestEvent: String?
        public var idle: Bool
        public var silentMs: Int
    }

    /// Something that is wrong now, most urgent first.
    public struct Problem: Decodable, Sendable {
        public var kind: String
        public var severity: String
        public var subject: String
        public var since: String?
        public var what: String
        public var advice: String

        /// In two lines: what, and what to do.
        public var lines: [String] {
            [
                "! \(severity.uppercased())  \(what)" + (since.map { " (since \($0.prefix(19))Z)" } ?? ""),
                "    → \(advice)",
            ]
        }

        /// As `lines`, in as many as it takes to fit a width.
        ///
        /// - Parameter width: in characters; nil for as wide as it takes.
        public func lines(width: Int?) -> [String] { lines.flatMap { WrappedText($0, indent: 6).lines(width: width) } }
    }

    public var status: String
    /// Nil from a coordinator of an earlier version.
    public var problems: [Problem]?
    public var epoch: Int
    public var shards: Int
    public var watermark: String?
    /// Nil when unlimited, or from a coordinator of an earlier version.
    public var maxLatenessMs: Int64?
    public var dedupHorizonMs: Int64?
    public var uptimeSeconds: Int
    public var events: Events
    public var openWindows: Int
    public var pendingIntents: Int
    public var flushing: Bool
    public var workers: [Worker]
    public var ingests: [Ingest]
    public var executors: [String]

    /// The source that holds the watermark back: the one whose newest event is oldest among those that are not idle.
    public var holdingBack: String? {
        let active = ingests.filter { !$0.idle && $0.newestEvent != nil }
        return active.count > 1 ? active.min { ($0.newestEvent!, $0.name) < ($1.newestEvent!, $1.name) }?.name : nil
    }
}
