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
            """
    )

    @Option(help: ArgumentHelp("streaming, hourly, daily, weekly or monthly; all unless given.", valueName: "type"))
    var type: String?

    @Option(help: ArgumentHelp("Windows that start at or after this moment (RFC 3339).", valueName: "time"))
    var from: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Windows that start before this moment (RFC 3339); with a URL, the coordinator's. May be given twice.",
            valueName: "time|url"
        )
    )
    var to: [String] = []

    @Option(help: ArgumentHelp("Seconds to wait for an answer.", valueName: "seconds"))
    var timeout = 60.0

    @Flag(name: .customLong("open"), help: "Also windows that are open, with their provisional record and state.")
    var includesOpen = false

    @Flag(name: .customLong("all-revisions"), help: "Every revision of each window instead of the newest.")
    var includesAllRevisions = false

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
        if let type, WindowType(name: type) == nil {
            let known = WindowType.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--type \(type): not a window type; use \(known)")
        }
        if let from, EventTime(from) == nil {
            throw ValidationError("--from \(from): a moment such as 2026-11-02T00:00:00Z is needed")
        }
        let moments = to.filter { !Self.isURL($0) }
        if let broken = moments.first(where: { EventTime($0) == nil }) {
            throw ValidationError(
                "--to \(broken): a moment such as 2026-11-02T00:00:00Z is needed, or a URL such as \(Coordinator.standardURL)"
            )
        }
        if moments.count > 1 || to.count - moments.count > 1 {
            throw ValidationError("--to: at most one moment and one URL can be given")
        }
        if !(timeout > 0 && timeout <= 1e6) {
            throw ValidationError("--timeout \(timeout): a number of seconds above 0 and up to 1000000 is needed")
        }
    }

    private static func isURL(_ text: String) -> Bool { text.contains("://") }

    private var end: EventTime? { to.first { !Self.isURL($0) }.flatMap { EventTime($0) } }

    private var coordinator: Coordinator {
        Coordinator(
            url: to.first(where: Self.isURL) ?? Coordinator.standardURL,
            timeout: timeout,
            security: security
        )
    }

    func run() async throws {
        var table = TextTable([
            ("TYPE", .left), ("START", .left), ("STATE", .left), ("REV", .right), ("GENERATIONS", .right),
            ("OK", .right),
            ("FAILED", .right), ("AVG s", .right), ("P95 s", .right), ("QUALITY", .right), ("TOKENS", .right),
            ("COST $", .right),
        ])
        var output = BufferedOutput(descriptor: STDOUT_FILENO)
        for window in type.map({ [WindowType(name: $0)!] }) ?? WindowType.allCases {
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

    private func list(_ type: WindowType, open: Bool, _ take: (JSONText) throws -> Void) async throws {
        try await JSONPage.all(limit: .max, pageSize: Self.pageSize) { cursor, count in
            try await coordinator.ask(
                .windows(
                    WindowQuery(
                        type: type,
                        from: from.flatMap { EventTime($0) },
                        to: end,
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
