import ArgumentParser
import Foundation

@main
struct WeirFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir-fuzz",
        abstract: "Feed what reads bytes from outside with broken ones, from a seed.",
        discussion: """
            Inputs are mutated again and again from valid ones; the same seed makes the same inputs. What traps ends the program; the input \
            that was being run is in --keep then. Build with --sanitize address to have memory errors trap too.

            Exit codes: 0 everything held, 1 something did not (the input is printed as base64), 64 wrong usage.

            Examples:
              weir-fuzz --seconds 60
              weir-fuzz --target json --seed 7 --seconds 600
            """
    )

    @Option(help: "One of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")); all in turn by default.")
    var target: FuzzTarget?

    @Option(help: "Seconds for each target, 1…86400.")
    var seconds = 10

    @Option(help: "First seed.")
    var seed: UInt64 = 1

    @Option(help: "File that holds the input under way.")
    var keep: String?

    func validate() throws {
        guard (1...86_400).contains(seconds) else {
            throw ValidationError("--seconds \(seconds): a number in 1…86400 is needed")
        }
    }

    func run() throws {
        var failed = false
        for target in target.map({ [$0] }) ?? FuzzTarget.allCases {
            var random = FuzzRandom(seed: seed)
            // Inputs to go on from; bounded, the oldest replaced at random.
            var corpus = target.seeds
            let corpusMax = 512
            var runs = 0
            let end = ContinuousClock.now + .seconds(seconds)
            while ContinuousClock.now < end {
                var input = corpus[random.below(corpus.count)]
                random.mutate(&input)
                if input.count > 1 << 14 { input.removeLast(input.count - 1 << 14) }
                if let keep { try Data(input).write(to: URL(filePath: keep)) }
                runs += 1
                if let problem = target.check(input, &random) {
                    print(
                        "\(target.rawValue): \(problem)\n  seed \(seed), run \(runs): \(Data(input).base64EncodedString())"
                    )
                    failed = true
                    break
                }
                if random.below(16) == 0 {
                    if corpus.count < corpusMax {
                        corpus.append(input)
                    } else {
                        corpus[random.below(corpusMax)] = input
                    }
                }
            }
            print("\(target.rawValue): \(runs) inputs")
        }
        if failed { throw ExitCode(1) }
    }
}
