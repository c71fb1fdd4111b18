import ArgumentParser
import WeirSimulator

@main
struct WeirSimulate: AsyncParsableCommand {
    @Option var seeds: String = "1..10"
    @Flag var trace = false
    func run() async throws {
        let bounds = seeds.split(separator: ".").compactMap { UInt64($0) }
        for seed in bounds[0]...bounds[bounds.count - 1] {
            let result = Simulation.run(seed: seed, isTraced: trace)
            if let violation = result.violation {
                print("seed \(seed): \(violation.invariant): \(violation.detail.prefix(400)) at \(violation.at / 1000) ms")
                for line in violation.trace.suffix(120) { print("   ", line) }
            } else {
                print("seed \(seed): ok, \(result.steps) steps, \(result.statistics.time / 1000) ms \(result.statistics.events) events \(result.digest)")
            }
        }
    }
}
