import ArgumentParser
import Foundation
import WeirCore
import WeirNode
import WeirWire

struct ReplayWindows: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "windows",
        abstract: "Carry out the intents of closed windows again, under the same ids.",
        discussion: """
            For a sink that lost data, or a new one. The newest revision of each window in the span is published again, bit for bit; sinks that \
            have it already replace it with itself. At most 100000 windows at a time.

            Examples:
              weirctl replay windows --from 2026-11-02T00:00:00Z --to 2026-11-03T00:00:00Z
              weirctl replay windows --from 2026-11-02T00:00:00Z --to 2026-11-03T00:00:00Z --type hourly --yes
            """
    )

    @Option(help: ArgumentHelp("Windows that start at or after this moment (RFC 3339).", valueName: "time"))
    var from: String

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Windows that start before this moment (RFC 3339); with a URL, the coordinator's. May be given twice.",
            valueName: "time|url"
        )
    )
    var to: [String] = []

    @Option(help: ArgumentHelp("streaming, hourly, daily, weekly or monthly; all unless given.", valueName: "type"))
    var type: String?

    @OptionGroup(title: "Security") var security: SecurityOptions
    @OptionGroup var consent: Consent

    @Flag(help: "Print the result as JSON.")
    var json = false

    private struct Reply: Decodable {
        var retried: Int
    }

    private var url: String? { to.first { $0.contains("://") } }
    private var end: EventTime? { to.first { !$0.contains("://") }.flatMap { EventTime($0) } }

    func validate() throws {
        guard EventTime(from) != nil else {
            throw ValidationError("--from \(from): a moment such as 2026-11-02T00:00:00Z is needed")
        }
        guard end != nil, to.count == (url == nil ? 1 : 2) else {
            throw ValidationError("--to: a moment such as 2026-11-03T00:00:00Z is needed, and at most one URL")
        }
        if let type, WindowType(name: type) == nil {
            let known = WindowType.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--type \(type): not a window type; use \(known)")
        }
    }

    func run() async throws {
        try consent.require("Publish the windows from \(from) to \(end!) again?")
        let query = WindowQuery(type: type.flatMap { WindowType(name: $0) }, from: EventTime(from), to: end)
        let data = try await Coordinator(url: url ?? Coordinator.standardURL, timeout: 60, security: security)
            .ask(.replayWindows(query))
        if json {
            print(String(decoding: data, as: UTF8.self))
        } else {
            print("\(try JSONText(text: Array(data)).decoded(Reply.self).retried) windows are published again")
        }
    }
}
