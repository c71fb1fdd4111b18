import ArgumentParser
import Foundation

struct Flush: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End of stream: close every window, and wait until their intents are carried out.",
        discussion: """
            Everything that is acknowledged now is counted first. Events may go on coming; those that belong to closed windows become \
            revisions of them. An ingest that is missing holds it up until it is back, or is given up with weirctl forget.

            Example:
              weirctl send events.ndjson && weirctl flush && weirctl windows
            """
    )

    @OptionGroup var connection: Connection

    @Flag(help: "Print the result as JSON.")
    var json = false

    private struct Reply: Decodable {
        var windowsClosed: Int
        var watermark: String?
    }

    func run() async throws {
        let data = try await connection.ask(.flush, timeout: 600)
        if json {
            print(String(decoding: data, as: UTF8.self))
        } else {
            let reply = try JSONText(text: Array(data)).decoded(Reply.self)
            print("flushed: \(reply.windowsClosed) windows closed, watermark \(reply.watermark ?? "none")")
        }
    }
}
