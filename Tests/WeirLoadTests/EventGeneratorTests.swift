import Testing
import WeirCore
import WeirLoad
import WeirParser

@Suite struct EventGeneratorTests {
    private static func mixed() -> GeneratorSettings {
        var settings = GeneratorSettings()
        settings.workflows = 50
        settings.failureShare = 0.2
        settings.disorderShare = 0.1
        settings.duplicateShare = 0.05
        settings.lateShare = 0.02
        settings.malformedShare = 0.08
        settings.envelopeShare = 0.3
        return settings
    }

    @Test func equalSettingsGiveEqualBytes() {
        #expect(GeneratedText(Self.mixed(), count: 3000).bytes == GeneratedText(Self.mixed(), count: 3000).bytes)
    }

    @Test func anotherSeedOrStreamGivesOtherBytes() {
        var other = Self.mixed()
        other.seed = 2
        let first = GeneratedText(Self.mixed(), count: 100).bytes
        #expect(first != GeneratedText(other, count: 100).bytes)
        #expect(first != GeneratedText(Self.mixed(), stream: 1, count: 100).bytes)
    }

    @Test func streamsShareNoWorkflow() {
        let batches = [0, 1].map { GeneratedText.parse(GeneratedText(Self.mixed(), stream: $0, count: 2000).bytes) }
        let workflows = batches.map { Set($0.columns.workflowIDs) }
        #expect(workflows[0].isDisjoint(with: workflows[1]))
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func everyLineIsTakenAsItIsMeant(seed: UInt64) {
        var settings = Self.mixed()
        settings.seed = seed
        let text = GeneratedText(settings, count: 4000)
        let texts = text.texts
        #expect(texts.count == text.lines.count)
        for (line, bytes) in zip(text.lines, texts) {
            let parsed = GeneratedText.parse(bytes)
            switch line.outcome {
            case .event(let kind):
                #expect(parsed.columns.kinds == [kind.rawValue])
                #expect(parsed.columns.times == [line.time])
            case .duplicate:
                #expect(parsed.columns.count == 1)
                #expect(parsed.columns.times == [line.time])
            case .refused(let kind):
                #expect(parsed.quarantined.map(\.reason) == [kind.reason], "\(kind)")
            }
        }
    }

    @Test func everyKindOfMalformedLineComes() {
        let text = GeneratedText(Self.mixed(), count: 4000)
        var kinds = Set<MalformedLine>()
        for line in text.lines {
            if case .refused(let kind) = line.outcome { kinds.insert(kind) }
        }
        #expect(kinds == Set(MalformedLine.allCases))
    }

    @Test func theTallyIsWhatTheParserAndTheWindowsSay() {
        let text = GeneratedText(Self.mixed(), count: 20_000)
        let batch = GeneratedText.parse(text.bytes)
        var seen = FingerprintTable()
        let hashes = batch.columns.workflowIDs.map(\.hash64)
        let selected = (0..<batch.columns.count).map { row in
            let id = FingerprintTable.fingerprint(event: batch.columns.eventIDs[row], workflowHash: hashes[row])
            return seen.insert(id, at: batch.columns.times[row])
        }
        var panes = PaneTable(limits: AggregateLimits(), layout: .standard)
        panes.add(batch.columns, hashes: hashes, selected: selected.indices.filter { selected[$0] }.map { Int32($0) })
        #expect(text.tally.lines == batch.lines)
        #expect(text.tally.duplicates == selected.count { !$0 })
        #expect(text.tally.events == panes.eventCount)
        #expect(text.tally.quarantined == batch.quarantined.count)
        #expect(text.tally.panes.count == panes.paneCount)
        for (start, aggregate) in panes.panes {
            let expected = text.tally.panes[start]
            #expect(expected?.started == aggregate.started)
            #expect(expected?.stageCompleted == aggregate.stageCompleted)
            #expect(expected?.completed == aggregate.completed)
            #expect(expected?.failed == aggregate.failed)
        }
        var cost = ExactSum()
        for usd in zip(batch.columns.completions.cost, Self.completedRows(batch, selected)) where usd.1 {
            cost.add(usd.0)
        }
        var expectedCost = ExactSum()
        for pane in text.tally.panes.values { expectedCost.merge(pane.cost) }
        #expect(cost == expectedCost)
    }

    /// Whether each COMPLETED row is selected.
    private static func completedRows(_ batch: ParsedBatch, _ selected: [Bool]) -> [Bool] {
        zip(batch.columns.kinds, selected).filter { $0.0 == EventKind.completed.rawValue }.map(\.1)
    }

    @Test func sharesAreThoseAskedFor() {
        let count = 60_000
        let text = GeneratedText(Self.mixed(), count: count)
        func share(_ number: Int) -> Double { Double(number) / Double(count) }
        #expect(abs(share(text.tally.duplicates) - 0.05) < 0.01)
        #expect(abs(share(text.tally.quarantined) - 0.08) < 0.01)
        let late = text.lines.indices.count { index in
            guard case .event = text.lines[index].outcome else { return false }
            return text.lines[index].time.microseconds < GeneratedText.start.microseconds + Int64(index) * 1000
                - 9_000_000
        }
        #expect(abs(share(late) - 0.02 * 0.87) < 0.005)
        let envelopes = text.texts.count { $0.starts(with: Array(#"{"envelope_version""#.utf8)) }
        #expect(abs(share(envelopes) - 0.3 * 0.92) < 0.02)
    }

    @Test func aWorkflowGoesThroughItsStagesInOrder() {
        var settings = GeneratorSettings()
        settings.workflows = 20
        settings.failureShare = 0
        settings.stages = 3
        let batch = GeneratedText.parse(GeneratedText(settings, count: 5000).bytes)
        var kinds: [UUID128: [EventKind]] = [:]
        for row in 0..<batch.columns.count {
            kinds[batch.columns.workflowIDs[row], default: []].append(EventKind(rawValue: batch.columns.kinds[row])!)
        }
        let whole: [EventKind] = [.started, .stageCompleted, .stageCompleted, .stageCompleted, .completed]
        #expect(kinds.values.allSatisfy { Array(whole.prefix($0.count)) == $0 })
        #expect(kinds.values.count { $0 == whole } > 900)
    }

    @Test func failuresAreAsOftenAsAskedFor() {
        var settings = GeneratorSettings()
        settings.failureShare = 0.25
        settings.stages = 2
        let batch = GeneratedText.parse(GeneratedText(settings, count: 40_000).bytes)
        let failed = batch.columns.failures.stage.count
        let completed = batch.columns.completions.duration.count
        #expect(abs(Double(failed) / Double(failed + completed) - 0.25) < 0.02)
    }

    @Test func valuesAreAsPlausibleAsTheGoldenOnes() {
        let batch = GeneratedText.parse(GeneratedText(GeneratorSettings(), count: 50_000).bytes)
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        #expect((2.5...4.5).contains(median(batch.columns.stages.duration)))
        #expect((40...50).contains(median(batch.columns.completions.duration)))
        #expect((0.87...0.93).contains(median(batch.columns.completions.quality)))
        #expect((1300...2000).contains(median(batch.columns.completions.tokens.map(Double.init))))
        #expect(Set(batch.columns.modelKeys.keys) == Set(GeneratorSettings.standardModels.map(\.name)))
        #expect(Set(batch.columns.nodeTypeKeys.keys) == ["effect", "compute", "reducer", "orchestrator"])
        #expect(batch.columns.stageKeys.count == 8)
        let bytes = Double(GeneratedText(GeneratorSettings(), count: 50_000).bytes.count) / 50_000
        #expect((440...500).contains(bytes))
    }

    @Test func modelsAndNodeTypesAreThoseAskedFor() {
        var settings = GeneratorSettings()
        settings.models = [
            .init("a", weight: 3, dollarsPerMillionTokens: 2), .init("b", weight: 1, dollarsPerMillionTokens: 0),
        ]
        settings.nodeTypes = [.init("one", weight: 1)]
        let batch = GeneratedText.parse(GeneratedText(settings, count: 40_000).bytes)
        let code = UInt32(batch.columns.modelKeys.keys.firstIndex(of: "a")!)
        let models = batch.columns.completions.model
        #expect(abs(Double(models.count { $0 == code }) / Double(models.count) - 0.75) < 0.03)
        #expect(batch.columns.nodeTypeKeys.keys == ["one"])
        for row in models.indices where models[row] != code { #expect(batch.columns.completions.cost[row] == 0) }
    }

    @Test func settingsOutOfRangeAreNamed() throws {
        var settings = GeneratorSettings()
        try settings.validate()
        settings.duplicateShare = 0.9
        #expect(throws: GeneratorFailure.outOfRange(setting: "duplicates", value: "0.9", allowed: "0.0…0.5")) {
            try settings.validate()
        }
        settings.duplicateShare = 0
        settings.models = [.init("a\"b", weight: 1, dollarsPerMillionTokens: 1)]
        #expect(throws: GeneratorFailure.name("a\"b")) { try settings.validate() }
    }
}
