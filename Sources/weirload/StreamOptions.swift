import ArgumentParser
import WeirLoad

/// What the events look like: for every command that generates some.
struct StreamOptions: ParsableArguments {
    @Option(help: "Seed of the stream: equal options, an equal seed and an equal begin give equal bytes.")
    var seed: UInt64 = 1

    @Option(help: "Workflows under way at a time, in all.")
    var workflows = 1000

    @Option(help: "Stages of a workflow, 0…64.")
    var stages = 8

    @Option(help: ArgumentHelp("Workflows that fail, as a share of all.", valueName: "share"))
    var failures = 0.08

    @Option(help: ArgumentHelp("Events that come out of order, as a share of all.", valueName: "share"))
    var disorder = 0.0

    @Option(name: .customLong("disorder-by"), help: ArgumentHelp("By how much at most.", valueName: "time"))
    var disorderBy = Seconds(0.5)

    @Option(help: ArgumentHelp("Lines that repeat an earlier one, 0…0.5 of all.", valueName: "share"))
    var duplicates = 0.0

    @Option(help: ArgumentHelp("Events that come when their window is closed, as a share of all.", valueName: "share"))
    var late = 0.0

    @Option(name: .customLong("late-by"), help: ArgumentHelp("By how much at most, from 10s on.", valueName: "time"))
    var lateBy = Seconds(60)

    @Option(help: ArgumentHelp("Lines that can't be counted, 0…0.9 of all.", valueName: "share"))
    var malformed = 0.0

    @Option(help: ArgumentHelp("Events in an envelope, as a share of all.", valueName: "share"))
    var envelopes = 0.0

    @Option(
        help: ArgumentHelp(
            "Models with their weights, such as gpt-4o=3,glm-4.5=1; or a number of them.",
            valueName: "list|n"
        )
    )
    var models: String?

    @Option(
        name: .customLong("node-types"),
        help: ArgumentHelp("Node types with their weights, or a number of them.", valueName: "list|n")
    )
    var nodeTypes: String?

    func settings() throws -> GeneratorSettings {
        var settings = GeneratorSettings()
        settings.seed = seed
        settings.workflows = workflows
        settings.stages = stages
        settings.failureShare = failures
        settings.disorderShare = disorder
        settings.disorderMicroseconds = disorderBy.microseconds
        settings.duplicateShare = duplicates
        settings.lateShare = late
        settings.latenessMicroseconds = lateBy.microseconds
        settings.malformedShare = malformed
        settings.envelopeShare = envelopes
        if let models {
            settings.models = try Self.weights(models, "model").map { name, weight in
                let known = GeneratorSettings.standardModels.first { $0.name == name }
                return .init(name, weight: weight, dollarsPerMillionTokens: known?.dollarsPerMillionTokens ?? 1)
            }
        }
        if let nodeTypes {
            settings.nodeTypes = try Self.weights(nodeTypes, "node").map { .init($0, weight: $1) }
        }
        do throws(GeneratorFailure) {
            try settings.validate()
        } catch {
            throw ValidationError("\(error)")
        }
        return settings
    }

    /// `a=2,b` is a with weight 2 and b with 1; `3` is three names made up.
    private static func weights(_ text: String, _ prefix: String) throws -> [(String, Double)] {
        if let count = Int(text), (1...4096).contains(count) { return (0..<count).map { ("\(prefix)_\($0)", 1) } }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { entry in
            guard let mark = entry.lastIndex(of: "=") else { return (String(entry), 1) }
            guard let weight = Double(entry[entry.index(after: mark)...]), weight >= 0, weight.isFinite else {
                throw ValidationError("'\(entry)': a name, '=' and a weight such as 2.5 are needed")
            }
            return (String(entry[..<mark]), weight)
        }
    }
}
