import ArgumentParser
import Foundation
import WeirCore
import WeirNode

/// `weir aggregate`: the reducer without a cluster.
struct Aggregate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Aggregate a file of events, and print one record a window.",
        discussion: """
            Reads NDJSON (one event a line, or envelopes), and prints one record a line on stdout, by window type, then start. There is \
            no lateness limit: all events of the file are counted. The last line on stderr is a summary:
              {"lines":N,"events":N,"duplicates":N,"quarantined":{"reason":N}}

            The records are the same bits for any number of threads and any order of the lines. Memory: windows, their groups, and about 14 \
            bytes an event for ids; --dedup-horizon bounds the latter.

            Exit codes: 0 done (also when lines were quarantined), 1 the input or an output file failed, 64 wrong usage.

            Examples:
              weir aggregate events.ndjson
              zcat events.ndjson.gz | weir aggregate --windows hourly,daily -
              weir aggregate --windows all --quarantine refused.ndjson --threads 4 events.ndjson
            """
    )

    @Option(help: "Window types, comma-separated, or all: streaming, hourly, daily, weekly, monthly.")
    var windows = "streaming"

    @Option(
        help: ArgumentHelp(
            "Write refused lines there, one JSON object a line: line, reason, detail, text.",
            valueName: "file"
        )
    )
    var quarantine: String?

    @Option(help: "Threads; one a core unless given. 1…256.")
    var threads: Int?

    @Option(
        name: .customLong("dedup-horizon"),
        help: "How long ids are remembered, in seconds of event time behind the newest; all of the input unless given."
    )
    var dedupHorizon: Double?

    @Argument(help: "The events: a file, or - for standard input.")
    var file: String

    func validate() throws {
        _ = try windowTypes()
        if let threads, !(1...256).contains(threads) {
            throw ValidationError("--threads \(threads): a number in 1…256 is needed")
        }
        if let dedupHorizon, !(dedupHorizon > 0 && dedupHorizon <= 1e9) {
            throw ValidationError(
                "--dedup-horizon \(dedupHorizon): a number of seconds above 0 and up to 10⁹ is needed"
            )
        }
    }

    private func windowTypes() throws -> [WindowType] {
        if windows == "all" { return WindowType.allCases }
        return try windows.split(separator: ",", omittingEmptySubsequences: false).map { name in
            guard let type = WindowType(name: name) else {
                let known = WindowType.allCases.map(\.name).joined(separator: ", ")
                throw ValidationError("--windows \(name): not a window type; use \(known), or all")
            }
            return type
        }
    }

    func run() throws {
        let contract = Contract()
        let aggregation = FileAggregation(
            contract: contract,
            threads: threads ?? ProcessInfo.processInfo.activeProcessorCount,
            horizon: dedupHorizon.map { .limited(.microseconds(Int64($0 * 1e6))) } ?? .unlimited
        )
        let refused = try quarantine.map { try QuarantineFile(path: $0) }
        let bar = ProgressBar(label: "aggregating")
        do {
            try aggregation.read(file) { line in
                try refused?.write(line)
            } progress: { summary, size in
                bar.show(done: summary.bytes, of: size, detail: "\(summary.lines) lines")
            }
            try refused?.close()
        } catch {
            bar.clear()
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(1)
        }
        bar.clear()
        try print(aggregation, contract)
        FileHandle.standardError.write(Data((aggregation.summary.json + "\n").utf8))
    }

    private func print(_ aggregation: FileAggregation, _ contract: Contract) throws {
        let clock = ContinuousClock()
        var output = BufferedOutput(descriptor: STDOUT_FILENO)
        let windows = aggregation.windows(try windowTypes())
        var next = 0
        while next < windows.count {
            let first = next
            next = min(first + Self.windowsAtOnce, windows.count)
            let lines = aggregation.concurrentMap(next - first) { index in
                let began = clock.now
                let (window, aggregate) = windows[first + index]
                let record = WindowRecord(
                    window: window,
                    layout: contract.windows.layout,
                    revision: 0,
                    aggregate: aggregate
                )
                let ids = IntentIDs(contract: contract, window: window, revision: 0)
                return Intent.payload(of: record, ids: ids, at: .now, aggregationDuration: clock.now - began)
            }
            for line in lines { output.line(line) }
        }
        output.flush()
    }

    /// Records that are made before they are written: enough for many threads, and a few megabytes.
    private static let windowsAtOnce = 256
}
