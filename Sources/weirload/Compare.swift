import ArgumentParser
import Foundation
import WeirCore
import WeirLoad
import WeirNode

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare two reports of weirload run --json.",
        discussion: """
            A table of both with ratios. A figure is a regression when it is worse by more than --threshold; a latency also has to be worse \
            by more than --noise. The maximum of a latency is shown only. Wrong windows in the second that were right in the first are \
            always a regression.

            Exit codes: 0 no regression, 1 regressions, 2 a report can't be read, 64 wrong usage.

            Examples:
              weirload compare before.json after.json
              weirload compare --threshold 25 --noise 5ms before.json after.json
            """
    )

    @Option(help: ArgumentHelp("How much worse a figure may be, in percent.", valueName: "percent"))
    var threshold = 10.0

    @Option(help: ArgumentHelp("Latencies that differ by less are equal.", valueName: "time"))
    var noise = Seconds(0.001)

    @Flag(help: "Print the rows as JSON.")
    var json = false

    @Argument(help: "The first report.")
    var before: String

    @Argument(help: "The second report.")
    var after: String

    func validate() throws {
        try TargetOptions.check("--threshold", threshold, 0...1e6)
    }

    func run() throws {
        let reports: [RunReport]
        do throws(OutputFailure) {
            reports = [try Self.read(before), try Self.read(after)]
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(2)
        }
        let comparison = RunComparison(reports[0], reports[1], threshold: threshold / 100, noiseMs: noise.value * 1000)
        if json { print(Self.json(comparison)) } else { show(comparison) }
        if comparison.hasRegressions { throw ExitCode(1) }
    }

    private static func read(_ path: String) throws(OutputFailure) -> RunReport {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OutputFailure(path: path, reason: "no such file, or it can't be read")
        }
        do {
            return try RunReport(json: Array(data))
        } catch {
            throw OutputFailure(path: path, reason: error.description)
        }
    }

    private func show(_ comparison: RunComparison) {
        var table = TextTable([
            ("FIGURE", .left), ("BEFORE", .right), ("AFTER", .right), ("UNIT", .left), ("RATIO", .right), ("", .left),
        ])
        for row in comparison.rows {
            table.add([
                row.name, Figure.short(row.before), Figure.short(row.after), row.unit,
                row.ratio.map { String(format: "%.3f", $0) } ?? "–", row.isRegression ? "REGRESSION" : "",
            ])
        }
        for line in table.lines { print(line) }
        for note in comparison.notes { print("note: \(note)") }
    }

    private static func json(_ comparison: RunComparison) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("regressions", comparison.rows.count { $0.isRegression })
            json.key("rows")
            json.array { json in
                for row in comparison.rows {
                    json.object { json in
                        json.member("figure", row.name)
                        json.member("unit", row.unit)
                        json.member("before", row.before)
                        json.member("after", row.after)
                        json.member("ratio", row.ratio)
                        json.member("regression", row.isRegression)
                    }
                }
            }
            json.key("notes")
            json.array { json in
                for note in comparison.notes { json.value(note) }
            }
        }
        return json.text
    }
}
