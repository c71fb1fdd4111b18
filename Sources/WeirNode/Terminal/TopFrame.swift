import WeirCore

/// One screen of `weirctl top`: the cluster now, with rates since the screen before.
public struct TopFrame {
    /// What is shown at one moment.
    public struct Reading {
        public var at: WallTime
        public var status: ClusterStatus
        public var shards: [Shard]
        /// Intents that failed of late, with their error.
        public var errors: [(id: String, error: String)]

        public init(at: WallTime, status: ClusterStatus, shards: [Shard], errors: [(id: String, error: String)]) {
            self.at = at
            self.status = status
            self.shards = shards
            self.errors = errors
        }
    }

    /// A shard with its owner, and the frames that are committed for it.
    public struct Shard: Decodable, Sendable {
        public var shard: Int
        public var worker: String
        /// By ingest.
        public var committed: [String: Int]
    }

    private let now: Reading
    private let before: Reading?
    private let address: String

    public init(_ now: Reading, before: Reading?, address: String) {
        self.now = now
        self.before = before
        self.address = address
    }

    /// Lines of at most `size.columns` characters, `size.rows` of them.
    public func lines(_ size: TerminalSize) -> [String] {
        let status = now.status
        let behind =
            status.watermark.flatMap { EventTime($0) }.map { Self.span($0, now.at) + " behind the clock" } ?? ""
        var lines = [
            "weir \(address)  \(status.status)  epoch \(status.epoch)  up "
                + Self.span(seconds: Double(status.uptimeSeconds)),
            "events/s \(rate(\.accepted))  counted \(rate(\.counted))  duplicate \(rate(\.duplicate))  "
                + "quarantined \(rate(\.quarantined))  (total \(status.events.accepted))",
            "watermark \(status.watermark ?? "none yet")  \(behind)",
            "windows open \(status.openWindows)  intents pending \(status.pendingIntents)"
                + (status.flushing ? "  flushing" : ""),
        ]
        lines += problems(size)
        for part in [workers(size), sources(size), slowestShards(size), errors] { lines += [""] + part }
        var cut = lines.prefix(max(1, size.rows - 1)).map { String($0.prefix(size.columns)) }
        while cut.count < size.rows - 1 { cut.append("") }
        return cut + [String("q quits".prefix(size.columns))]
    }

    /// Problems that are shown.
    private static let problemsMax = 5

    // MARK: - Parts

    /// Whole where they leave at least half of the screen to the rest, and else two lines each.
    private func problems(_ size: TerminalSize) -> [String] {
        let problems = (now.status.problems ?? []).prefix(Self.problemsMax)
        let whole = problems.flatMap { $0.lines(width: size.columns) }
        return whole.count <= size.rows / 2 ? whole : problems.flatMap(\.lines)
    }

    private func workers(_ size: TerminalSize) -> [String] {
        var table = TextTable([
            ("WORKER", .left), ("SHARDS", .right), ("COMMITS/s", .right), ("SILENT", .right), ("", .left),
        ])
        for worker in now.status.workers {
            let old = before?.status.workers.first { $0.name == worker.name }
            let commits = old.map { Self.number(max(0, Double(worker.commits - $0.commits)) / seconds) } ?? "–"
            let silent = Self.span(seconds: Double(worker.silentMs) / 1000)
            table.add([worker.name, "\(worker.shards)", commits, silent, worker.silentMs > 1500 ? "SILENT" : ""])
        }
        return table.isEmpty ? ["NO WORKER: producers are held back"] : table.lines(width: size.columns)
    }

    private func sources(_ size: TerminalSize) -> [String] {
        var table = TextTable([
            ("SOURCE", .left), ("EVENTS/s", .right), ("LAG", .right), ("NEWEST EVENT", .left), ("", .left),
        ])
        let holding = now.status.holdingBack
        for source in now.status.ingests {
            let old = before?.status.ingests.first { $0.name == source.name }
            let events = old.map { Self.number(max(0, Double(source.accepted - $0.accepted)) / seconds) } ?? "–"
            let note = source.idle ? "idle" : source.name == holding ? "holds the watermark back" : ""
            table.add([source.name, events, "\(source.lagFrames)", source.newestEvent ?? "none yet", note])
        }
        return table.isEmpty ? ["NO SOURCE: no ingest is there"] : table.lines(width: size.columns)
    }

    /// The shards with the most frames to go, five of them.
    private func slowestShards(_ size: TerminalSize) -> [String] {
        let newest = now.shards.reduce(into: [String: Int]()) { $0.merge($1.committed) { max($0, $1) } }
        let behind = now.shards.map { shard in
            (shard: shard, frames: newest.reduce(0) { max($0, $1.value - (shard.committed[$1.key] ?? 0)) })
        }.filter { $0.frames > 0 }.sorted { ($0.frames, $1.shard.shard) > ($1.frames, $0.shard.shard) }
        var table = TextTable([("SLOWEST SHARDS", .right), ("WORKER", .left), ("FRAMES BEHIND", .right)])
        for entry in behind.prefix(5) { table.add(["\(entry.shard.shard)", entry.shard.worker, "\(entry.frames)"]) }
        return table.isEmpty ? ["slowest shards: all are level"] : table.lines(width: size.columns)
    }

    private var errors: [String] {
        let reasons = now.status.events.quarantinedByReason.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value)" }
        let lines =
            (reasons.isEmpty ? [] : ["quarantine: " + reasons.joined(separator: ", ")])
            + now.errors.prefix(3).map { "intent \($0.id.prefix(8)): \($0.error)" }
        return lines.isEmpty ? ["no errors"] : lines
    }

    // MARK: - Numbers

    private var seconds: Double {
        max(0.001, Double(now.at.microseconds - (before?.at.microseconds ?? now.at.microseconds)) / 1e6)
    }

    private func rate(_ count: KeyPath<ClusterStatus.Events, Int>) -> String {
        guard let before else { return "–" }
        return Self.number(
            max(0, Double(now.status.events[keyPath: count] - before.status.events[keyPath: count])) / seconds
        )
    }

    static func number(_ value: Double) -> String {
        switch value {
        case ..<10: "\((value * 10).rounded() / 10)"
        case ..<10_000: "\(Int(value.rounded()))"
        case ..<10_000_000: "\(Int((value / 1000).rounded()))k"
        default: "\(Int((value / 1e6).rounded()))M"
        }
    }

    /// A span of time in its largest two units.
    public static func span(_ from: EventTime, _ to: WallTime) -> String {
        span(seconds: Double(to.microseconds - from.microseconds) / 1e6)
    }

    static func span(seconds: Double) -> String {
        let whole = Int(max(0, seconds))
        return switch whole {
        case ..<10: "\((max(0, seconds) * 10).rounded() / 10) s"
        case ..<60: "\(whole) s"
        case ..<3600: "\(whole / 60) min \(whole % 60) s"
        case ..<86_400: "\(whole / 3600) h \(whole / 60 % 60) min"
        default: "\(whole / 86_400) d \(whole / 3600 % 24) h"
        }
    }
}
