import ArgumentParser
import Foundation
import WeirCore
import WeirNode

struct Watermarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how far event time has come, and which source holds it back.",
        discussion: """
            The watermark is the minimum over the sources that are not idle. A source that has been silent for longer than idle_timeout_ms is \
            idle, and does not hold it back.

            Example:
              weirctl watermarks
            """
    )

    @OptionGroup var connection: Connection

    @Flag(help: "Print the watermark and the sources as JSON.")
    var json = false

    func run() async throws {
        let status = try JSONText(text: Array(try await connection.ask(.status))).decoded(ClusterStatus.self)
        if json {
            show(status)
            return
        }
        let now = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        let behind = status.watermark.flatMap { EventTime($0) }.map { ", \(TopFrame.span($0, now)) behind the clock" }
        print("watermark    \(status.watermark ?? "none yet")\(behind ?? "")\n")
        var table = TextTable([
            ("SOURCE", .left), ("NEWEST EVENT", .left), ("IDLE", .left), ("LAG", .right), ("", .left),
        ])
        let holding = status.holdingBack
        for source in status.ingests {
            table.add([
                source.name, source.newestEvent ?? "none yet", source.idle ? "idle" : "no", "\(source.lagFrames)",
                source.name == holding ? "holds it back" : "",
            ])
        }
        printTable(table, empty: "no sources")
    }

    private func show(_ status: ClusterStatus) {
        var text = JSONWriter()
        text.object { text in
            text.member("watermark", status.watermark)
            text.key("sources")
            text.array { text in
                for source in status.ingests {
                    text.object { text in
                        text.member("ingest", source.name)
                        text.member("newest_event", source.newestEvent)
                        text.member("idle", source.idle)
                        text.member("lag_frames", source.lagFrames)
                    }
                }
            }
        }
        print(text.text)
    }
}
