import ArgumentParser
import Foundation

/// `weir-bench loops`: the hot loops, one by one, without a cluster around them.
struct LoopsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loops",
        abstract: "Measure Weir's hot loops on a file of events.",
        discussion: """
            Runs each loop over all events of the file, several times, on one thread, and prints the processor time of an event: the least \
            and the median of the runs, and the least as a share of what simdjson alone needs to read the same lines (`json`). Other \
            work on the machine disturbs the median; the least and the share much less.

            Make a file with: weirload generate --events 200000 events.ndjson

            Exit codes: 0 measured, 1 the file can't be read, 64 wrong usage.

            Examples:
              weir-bench events.ndjson
              weir-bench --runs 20 --loop parse --loop panes events.ndjson
              valgrind --tool=callgrind weir-bench --runs 1 --loop parse events.ndjson
            """
    )

    @Option(help: ArgumentHelp("Only this loop; may be repeated.", valueName: "name"))
    var loop: [String] = []

    @Option(help: ArgumentHelp("Runs of each loop, 1…1000.", valueName: "n"))
    var runs = 9

    @Flag(help: "List the loops.")
    var list = false

    @Argument(help: "Events, NDJSON.")
    var file: String?

    func validate() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs \(runs): a number in 1…1000 is needed") }
        for name in loop where !HotLoop.all.contains(where: { $0.name == name }) {
            throw ValidationError(
                "--loop \(name): there is no such loop; there are \(HotLoop.all.map(\.name).joined(separator: ", "))"
            )
        }
        guard list || file != nil else { throw ValidationError("a file of events is needed") }
    }

    func run() throws {
        if list {
            for loop in HotLoop.all { print("\(loop.name): \(loop.what)") }
            return
        }
        guard let file, let data = FileManager.default.contents(atPath: file) else {
            throw ValidationError("can't read \(self.file ?? ""); check the path and its permissions")
        }
        let input = BenchInput([UInt8](data))
        var yardstick: Double?
        print("loop        ns/event   median   of json")
        for candidate in HotLoop.all where loop.isEmpty || loop.contains(candidate.name) {
            let measured = candidate.measure(input, runs: runs)
            if candidate.name == "json" { yardstick = measured.least }
            let share = yardstick.map { String(format: "%8.2f", measured.least / $0) } ?? "        "
            let name = candidate.name.padding(toLength: 10, withPad: " ", startingAt: 0)
            print("\(name) \(String(format: "%9.1f %8.1f", measured.least, measured.median)) \(share)")
        }
    }
}
