import ArgumentParser
import WeirSimulator

@main
struct WeirSimulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir-simulate",
        abstract: "Run clusters in a simulated world of faults, and check that nothing is lost or counted twice.",
        discussion: """
            Each seed makes a cluster, its input and its faults: crashes, partitions, lost and damaged messages, full disks, wrong clocks, \
            nodes that come and go. It runs in one thread on a virtual clock, and every record is compared, bit for bit, with \
            what one thread computes from the same events. The same seed does the same, always.

            At the first broken invariant of a seed it prints what happened before, and the command that shows it again.

            Exit codes: 0 all invariants held, 1 one was broken, 64 wrong usage.

            Examples:
              weir-simulate --seed 42 --trace
              weir-simulate --seeds 1..1000
              weir-simulate --minutes 10 --seeds 5000..
            """
    )

    @Option(help: "Run this seed, and print what it did.")
    var seed: UInt64?

    @Option(help: "Run the seeds from A to B. With --minutes B may be left out.")
    var seeds: SeedRange?

    @Option(help: "Run seeds for that long, from 1 on unless --seeds says otherwise. 0.01…10,000.")
    var minutes: Double?

    @Option(help: "Seeds run side by side, each in one thread. 1…64.")
    var jobs = 2

    @Flag(help: "Print what happened last in a run, also when all invariants held. For --seed.")
    var trace = false

    @Flag(help: "Print only totals and broken invariants.")
    var quiet = false

    func validate() throws {
        if let minutes, !(0.01...10_000).contains(minutes) {
            throw ValidationError("--minutes \(minutes): a number in 0.01…10,000 is needed")
        }
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs \(jobs): a number in 1…64 is needed") }
        if seed != nil, seeds != nil || minutes != nil {
            throw ValidationError("--seed runs one seed; leave out --seeds and --minutes")
        }
        if seed == nil, seeds == nil, minutes == nil {
            throw ValidationError("which seeds? give --seed N, --seeds A..B, or --minutes M")
        }
        if let seeds, seeds.last == nil, minutes == nil {
            throw ValidationError("--seeds \(seeds): where does it end? give A..B, or --minutes")
        }
        if trace, seed == nil { throw ValidationError("--trace is for one seed; give --seed N") }
    }

    func run() async throws {
        if let seed {
            let result = Simulation.run(seed: seed, isTraced: trace)
            if trace { for line in result.trace { print(line) } }
            report(result)
            if result.violation != nil { throw ExitCode.failure }
            return
        }
        let clock = ContinuousClock()
        let began = clock.now
        let end = minutes.map { began + .seconds($0 * 60) }
        var next = seeds?.first ?? 1
        let last = seeds?.last ?? .max
        var total = SimulationStatistics()
        var runs = 0
        var broken: [UInt64] = []
        await withTaskGroup(of: SimulationResult.self) { group in
            func startNext() {
                guard next <= last, next < .max, end.map({ clock.now < $0 }) ?? true else { return }
                let seed = next
                next += 1
                group.addTask { Simulation.run(seed: seed) }
            }
            for _ in 0..<jobs { startNext() }
            while let result = await group.next() {
                runs += 1
                total.add(result.statistics)
                if result.violation != nil { broken.append(result.seed) }
                if result.violation != nil || !quiet { report(result) }
                startNext()
            }
        }
        print("\(runs) seeds in \((clock.now - began).formatted): \(broken.count) broken")
        print(Self.text(of: total))
        if !broken.isEmpty {
            print("broken: \(broken.sorted().map { "\($0)" }.joined(separator: " "))")
            throw ExitCode.failure
        }
    }

    private func report(_ result: SimulationResult) {
        guard let violation = result.violation else {
            print("seed \(result.seed): all invariants held; digest \(String(result.digest, radix: 16))")
            if seed != nil { print(Self.text(of: result.statistics)) }
            return
        }
        if !trace {
            for line in Simulation.run(seed: result.seed, isTraced: true).trace.suffix(40) { print("    \(line)") }
        }
        print("seed \(result.seed): BROKEN at \(violation.at / 1000) ms: \(violation.invariant): \(violation.detail)")
        print("again: swift run -c release weir-simulate --seed \(result.seed) --trace")
    }

    private static func text(of statistics: SimulationStatistics) -> String {
        let counts = SimulationStatistics.fields.map { "\(statistics[keyPath: $0.field]) \($0.name)" }
        let hours = Double(statistics.time / 3_600_000) / 1000
        return (counts + ["\(hours) virtual hours"]).joined(separator: ", ")
    }
}

/// `A..B`, or `A..` for no end.
struct SeedRange: ExpressibleByArgument, CustomStringConvertible {
    var first: UInt64
    var last: UInt64?

    init?(argument: String) {
        guard let dots = argument.firstRange(of: ".."), let first = UInt64(argument[..<dots.lowerBound]) else {
            return nil
        }
        self.first = first
        let rest = argument[dots.upperBound...]
        if !rest.isEmpty {
            guard let last = UInt64(rest), last >= first else { return nil }
            self.last = last
        }
    }

    var description: String { "\(first)..\(last.map { "\($0)" } ?? "")" }
}

extension Duration {
    fileprivate var formatted: String { "\(components.seconds) s" }
}
