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

    @OptionGroup var selection: WindowSelection
    @OptionGroup(title: "Security") var security: SecurityOptions
    @OptionGroup var consent: Consent

    @Flag(help: "Print the result as JSON.")
    var json = false

    private struct Reply: Decodable {
        var retried: Int
    }

    func validate() throws {
        guard selection.start != nil else {
            throw ValidationError("--from: a moment such as 2026-11-02T00:00:00Z is needed")
        }
        guard selection.end != nil else {
            throw ValidationError(
                "--to: a moment such as 2026-11-03T00:00:00Z is needed, beside the URL where one is given"
            )
        }
    }

    func run() async throws {
        let query = WindowQuery(type: selection.windowType, from: selection.start, to: selection.end)
        try consent.require("Publish the windows from \(selection.start!) to \(selection.end!) again?")
        let data = try await Coordinator(url: selection.url, timeout: 60, security: security).ask(.replayWindows(query))
        if json {
            print(String(decoding: data, as: UTF8.self))
        } else {
            print("\(try JSONText(text: Array(data)).decoded(Reply.self).retried) windows are published again")
        }
    }
}
