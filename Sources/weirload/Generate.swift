import ArgumentParser
import Foundation
import WeirCore
import WeirLoad
import WeirNode

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a stream of generated events to a file.",
        discussion: """
            NDJSON with the fields that producers send, and plausible values. Event times go up evenly from --start at --rate, whatever the \
            time that writing takes. The last line on stderr is a summary:
              {"lines":N,"events":N,"duplicates":N,"quarantined":{"reason":N},"bytes":N,"seconds":N,"lines_per_second":N}

            Exit codes: 0 written, 1 the file can't be written, 64 wrong usage.

            Examples:
              weirload generate --events 1000000 events.ndjson
              weirload generate --duration 10m --rate 5000 --seed 7 --failures 0.2 events.ndjson
              weirload generate --events 100000 --duplicates 0.03 --late 0.01 --malformed 0.01 - | weirctl send -
            """
    )

    @OptionGroup(title: "Stream") var stream: StreamOptions

    @Option(help: ArgumentHelp("Lines to write. Default: 100000, or --duration times --rate", valueName: "n"))
    var events: Int?

    @Option(help: ArgumentHelp("Event time from the first line to the last; in place of --events.", valueName: "time"))
    var duration: Seconds?

    @Option(help: ArgumentHelp("Lines a second of event time.", valueName: "n"))
    var rate = 1000.0

    @Option(help: ArgumentHelp("Event time of the first line (RFC 3339).", valueName: "time"))
    var start = "2026-11-03T00:00:00Z"

    @Argument(help: "Where to write: a file, or - for standard output.")
    var file: String

    func validate() throws {
        _ = try stream.settings()
        guard rate > 0, rate <= 1e9 else {
            throw ValidationError("--rate \(rate): a number above 0 and up to 10⁹ is needed")
        }
        guard EventTime(start) != nil else {
            throw ValidationError("--start \(start): a moment such as 2026-11-03T00:00:00Z is needed")
        }
        if events != nil, duration != nil { throw ValidationError("--events and --duration: only one can be given") }
        guard (0...1_000_000_000_000).contains(lines) else {
            throw ValidationError("\(lines) lines: a number in 0…10¹² is needed")
        }
    }

    private var lines: Int { events ?? duration.map { Int(min(1e15, $0.value * rate)) } ?? 100_000 }

    func run() throws {
        let generated = GeneratedFile(
            try stream.settings(),
            start: EventTime(start)!,  // `validate` has seen it.
            rate: rate,
            lines: lines
        )
        let clock = ContinuousClock()
        let began = clock.now
        let bar = ProgressBar(label: "generating")
        let written: (tally: LoadTally, bytes: Int)
        do throws(GeneratedFile.Failure) {
            written = try generated.write(to: file) { lines, bytes in
                bar.show(done: bytes, of: nil, detail: "\(lines) lines")
            }
        } catch {
            bar.clear()
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(1)
        }
        bar.clear()
        let summary = Self.summary(written.tally, bytes: written.bytes, seconds: (clock.now - began) / .seconds(1))
        FileHandle.standardError.write(Data((summary + "\n").utf8))
    }

    private static func summary(_ tally: LoadTally, bytes: Int, seconds: Double) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("lines", tally.lines)
            json.member("events", tally.events)
            json.member("duplicates", tally.duplicates)
            json.key("quarantined")
            json.object { json in
                for reason in QuarantineReason.allCases where tally.refused[reason] != nil {
                    json.member(reason.rawValue, tally.refused[reason]!)
                }
            }
            json.member("bytes", bytes)
            json.member("seconds", seconds)
            json.member("lines_per_second", seconds > 0 ? (Double(tally.lines) / seconds).rounded() : 0)
        }
        return json.text
    }
}
