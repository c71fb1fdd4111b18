import ArgumentParser
import Foundation
import WeirCore
import WeirNode
import WeirWire

struct Windows: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List windows: the newest revision of each that is closed.",
        discussion: """
            By type, then start. With --json the whole records, one a line, bit for bit as they were published.

            Examples:
              weirctl windows
              weirctl windows --type hourly --from 2026-11-02T00:00:00Z --to 2026-11-03T00:00:00Z --json
              weirctl windows --type streaming --open
              weirctl windows --rolling day --at 2026-11-03T12:34:56Z

            --rolling shows one window instead: the last hour, day, week (7 days) or month (30 days) up to --at. Its edges are rounded down to \
            a pane (window_size_ms), or to the hours or days that are kept of old times.
            """
    )

    @OptionGroup var selection: WindowSelection

    @Option(help: ArgumentHelp("Seconds to wait for an answer.", valueName: "seconds"))
    var timeout = 60.0

    @Flag(name: .customLong("open"), help: "Also windows that are open, with their provisional record and state.")
    var includesOpen = false

    @Flag(name: .customLong("all-revisions"), help: "Every revision of each window instead of the newest.")
    var includesAllRevisions = false

    @Option(help: ArgumentHelp("hour, day, week or month: the time up to --at as one window.", valueName: "span"))
    var rolling: String?

    @Option(help: ArgumentHelp("Where --rolling ends (RFC 3339); at the watermark unless given.", valueName: "time"))
    var at: String?

    @Flag(help: "Print whole records, one JSON object a line.")
    var json = false

    /// Windows in one answer.
    private static let pageSize = 1000

    private struct Record: Decodable {
        var windowType: String
        var windowStart: String
        var revision: Int
        var totalGenerations: Int
        var successfulGenerations: Int
        var failedGenerations: Int
        var avgDurationSeconds: Double
        var p95DurationSeconds: Double
        var avgQualityScore: Double
        var totalTokens: Int
        var totalCostUsd: Double
        var state: String?
    }

    @OptionGroup(title: "Security") var security: SecurityOptions

    func validate() throws {
        if let rolling, RollingSpan(name: rolling) == nil {
            let known = RollingSpan.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--rolling \(rolling): not a span; use \(known)")
        }
        if let at, EventTime(at) == nil {
            throw ValidationError("--at \(at): a moment such as 2026-11-02T00:00:00Z is needed")
        }
        if at != nil, rolling == nil { throw ValidationError("--at: it is where --rolling ends; give that too") }
        if rolling != nil, selection.isRestricted || includesOpen || includesAllRevisions {
            throw ValidationError(
                "--rolling: one window is shown; leave --type, --from, --to, --open and --all-revisions out"
            )
        }
        if !(timeout > 0 && timeout <= 1e6) {
            throw ValidationError("--timeout \(timeout): a number of seconds above 0 and up to 1000000 is needed")
        }
    }

    private var coordinator: Coordinator {
        Coordinator(url: selection.url, timeout: timeout, security: security)
    }

    func run() async throws {
        if let span = rolling.flatMap({ RollingSpan(name: $0) }) {
            let answer = JSONText(
                text: Array(try await coordinator.ask(.rolling(span, at: at.flatMap { EventTime($0) })))
            )
            if json { printLines([answer]) } else { show(try answer.decoded(RollingRecord.self)) }
            return
        }
        var table = TextTable([
            ("TYPE", .left), ("START", .left), ("STATE", .left), ("REV", .right), ("GENERATIONS", .right),
            ("OK", .right),
            ("FAILED", .right), ("AVG s", .right), ("P95 s", .right), ("QUALITY", .right), ("TOKENS", .right),
            ("COST $", .right),
        ])
        var output = BufferedOutput(descriptor: STDOUT_FILENO)
        for window in selection.windowType.map({ [$0] }) ?? WindowType.allCases {
            for isOpen in includesOpen ? [false, true] : [false] {
                try await list(window, open: isOpen) { element in
                    if json {
                        output.line(includesOpen && !isOpen ? Self.closed(element) : element.text)
                    } else {
                        table.add(row(try element.decoded(Record.self)))
                    }
                }
            }
        }
        if json { output.flush() } else { printTable(table, empty: "no windows") }
    }

    private struct RollingRecord: Decodable {
        var windowStart: String
        var windowEnd: String
        var startRoundedTo: String
        var endRoundedTo: String
        var closed: Bool
        var totalGenerations: Int
        var successfulGenerations: Int
        var failedGenerations: Int
        var successRate: Double?
        var p50DurationSeconds: Double
        var p95DurationSeconds: Double
        var p99DurationSeconds: Double
        var avgQualityScore: Double
        var totalTokens: Int
        var totalCostUsd: Double
    }

    private func show(_ record: RollingRecord) {
        print(
            """
            window       \(record.windowStart) … \(record.windowEnd), \(record.closed ? "closed" : "still open")
            edges        rounded down to \(record.startRoundedTo) and \(record.endRoundedTo) windows
            generations  \(record.totalGenerations) started, \(record.successfulGenerations) completed, \(record.failedGenerations) failed\
            \(record.successRate.map { ", success rate " + Self.number($0, 4) } ?? "")
            duration s   p50 \(Self.number(record.p50DurationSeconds, 3)), p95 \(Self.number(record.p95DurationSeconds, 3)), \
            p99 \(Self.number(record.p99DurationSeconds, 3))
            quality      \(Self.number(record.avgQualityScore, 4))
            tokens       \(record.totalTokens)
            cost $       \(Self.number(record.totalCostUsd, 4))
            """
        )
    }

    private func list(_ type: WindowType, open: Bool, _ take: (JSONText) throws -> Void) async throws {
        try await JSONPage.all(limit: .max, pageSize: Self.pageSize) { cursor, count in
            try await coordinator.ask(
                .windows(
                    WindowQuery(
                        type: type,
                        from: selection.start,
                        to: selection.end,
                        selectsOpen: open,
                        selectsAllRevisions: !open && includesAllRevisions,
                        after: cursor.flatMap { WindowPosition(cursor: $0) },
                        limit: count
                    )
                )
            )
        } take: {
            try take($0)
        }
    }

    /// A record with a member that tells it from an open one.
    private static func closed(_ record: JSONText) -> [UInt8] {
        Array("{\"state\":\"closed\",".utf8) + record.text.dropFirst()
    }

    private func row(_ record: Record) -> [String] {
        [
            record.windowType, record.windowStart, record.state ?? "closed", "\(record.revision)",
            "\(record.totalGenerations)",
            "\(record.successfulGenerations)", "\(record.failedGenerations)", Self.number(record.avgDurationSeconds, 3),
            Self.number(record.p95DurationSeconds, 3), Self.number(record.avgQualityScore, 3), "\(record.totalTokens)",
            Self.number(record.totalCostUsd, 4),
        ]
    }

    private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
