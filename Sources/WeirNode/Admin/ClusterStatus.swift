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

    public var status: String
    public var epoch: Int
    public var shards: Int
    public var watermark: String?
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
