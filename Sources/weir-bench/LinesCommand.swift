import ArgumentParser
import Foundation
import NNG
import WeirNode
import WeirWire

/// `weir-bench lines`: requests over one line between nodes, and what proofs cost there.
struct LinesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lines",
        abstract: "Measure requests over one line between two nodes, with and without secrets.",
        discussion: """
            A server and a client in this process, over TCP on loopback, as a coordinator and a worker have them: with a checksum alone, with the \
            secret of a cluster, with the secret of a role. The kinds take turns, several times; printed are the medians of requests a second and of \
            the processor time of a request, on both sides together, and each as a share of what the checksum alone needs in the same turn. Other \
            work on the machine disturbs the rates, and the shares much less.

            Exit codes: 0 measured, 1 something failed, 64 wrong usage.

            Examples:
              weir-bench lines
              weir-bench lines --bytes 64 --bytes 1000000 --in-flight 1
            """
    )

    @Option(
        help: ArgumentHelp(
            "Bytes of a request, 1…16777216; may be repeated. Default: 100, 10000, 1000000",
            valueName: "n"
        )
    )
    var bytes: [Int] = []

    @Option(help: ArgumentHelp("Requests in flight, 1…64.", valueName: "n"))
    var inFlight = 8

    @Option(help: ArgumentHelp("Turns of each kind, 1…1000.", valueName: "n"))
    var runs = 15

    @Option(help: ArgumentHelp("Milliseconds of a turn, 10…60000.", valueName: "n"))
    var milliseconds = 300

    func validate() throws {
        for (name, value, range) in [
            ("--in-flight", inFlight, 1...64), ("--runs", runs, 1...1000),
            ("--milliseconds", milliseconds, 10...60_000),
        ] + bytes.map({ ("--bytes", $0, 1...(16 << 20)) }) where !range.contains(value) {
            throw ValidationError("\(name) \(value): a number in \(range.lowerBound)…\(range.upperBound) is needed")
        }
    }

    func run() async throws {
        print("bytes      line      requests/s  share   processor us  share")
        for size in bytes.isEmpty ? [100, 10_000, 1_000_000] : bytes {
            var turns: [GuardedLine.Kind: [GuardedLine.Turn]] = [:]
            try await withThrowingTaskGroup(of: Void.self) { group in
                var lines: [GuardedLine] = []
                for kind in GuardedLine.Kind.allCases {
                    let line = try GuardedLine(kind, inFlight: inFlight)
                    lines.append(line)
                    group.addTask { await line.serve() }
                }
                defer { for line in lines { line.close() } }
                for run in 0...runs {
                    for line in lines {
                        let turn = try await line.turn(bytes: size, for: .milliseconds(milliseconds))
                        // The first is for connections and sessions.
                        if run > 0 { turns[line.kind, default: []].append(turn) }
                    }
                }
            }
            let yardstick = turns[.checksum] ?? []
            for kind in GuardedLine.Kind.allCases {
                let own = turns[kind] ?? []
                let rates = own.map(\.perSecond)
                let costs = own.map(\.processorMicroseconds)
                let rateShare = Self.median(zip(rates, yardstick).map { $0 / $1.perSecond })
                let costShare = Self.median(zip(costs, yardstick).map { $0 / $1.processorMicroseconds })
                let head = "\(size)".padding(toLength: 10, withPad: " ", startingAt: 0)
                let name = kind.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
                let figures = String(
                    format: "%10.0f  %5.2f  %13.1f  %5.2f",
                    Self.median(rates),
                    rateShare,
                    Self.median(costs),
                    costShare
                )
                print("\(head) \(name) \(figures)")
            }
        }
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
