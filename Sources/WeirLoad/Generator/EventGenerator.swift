import WeirCore

/// Writes a stream of events as NDJSON: with the fields and about the distributions of the golden sets.
///
/// Many workflows are under way side by side; each event belongs to one of them, drawn at random, and is its next: started, its stages,
/// completed or failed. A function of the settings, the stream number and the times asked for.
///
/// Hot: about 0.2 µs a line of 470 bytes on one core. Fixed texts are copied whole, and numbers come from ``ValueTable``; a line
/// allocates nothing unless it is one that will be repeated.
public struct EventGenerator: Sendable {
    /// Most bytes that one line can have.
    public static let lineBytesMax = 2048

    /// A line is repeated within so many lines, and so within the dedup horizon at any rate that makes sense.
    private static let repeatWithinLines = 50

    private let settings: GeneratorSettings
    private var random: RandomStream
    private var slots: [WorkflowSlot] = []
    private var timestamps = TimestampWriter()
    private var repeats = RepeatedLines()
    private var lineNumber: UInt64 = 0

    private let chances: Chances
    private let distributions: Distributions
    private let prompts: TextPool
    private let models: WeightedTexts
    private let nodeTypes: WeightedTexts
    /// Millionths of a dollar for 10⁶ tokens, by model.
    private let prices: [Int]

    /// Thresholds of 32-bit draws.
    private struct Chances: Sendable {
        var malformed: UInt64
        var isRepeated: UInt64
        var late: UInt64
        var disordered: UInt64
        var envelope: UInt64
        var failure: UInt64

        init(_ settings: GeneratorSettings) {
            func threshold(_ share: Double) -> UInt64 { UInt64((min(1, max(0, share)) * 0x1p32).rounded()) }
            // Shares are of all lines; duplicates come first, so that the rest is drawn among fewer lines.
            let duplicates = settings.duplicateShare
            malformed = threshold(settings.malformedShare / (1 - duplicates))
            isRepeated = threshold(duplicates / max(1e-9, 1 - duplicates - settings.malformedShare))
            late = threshold(settings.lateShare)
            disordered = threshold(settings.disorderShare)
            envelope = threshold(settings.envelopeShare)
            failure = threshold(settings.failureShare)
        }
    }

    private struct Distributions: Sendable {
        /// Thousandths of a second.
        let stageDuration: ValueTable
        let totalDuration: ValueTable
        /// Ten-thousandths.
        let quality: ValueTable
        let coverage: ValueTable
        /// Hundredths.
        let complexity: ValueTable
        let tokens: ValueTable

        init(_ random: inout RandomStream) {
            stageDuration = .logNormal(median: 3400, sigma: 1.08, max: 600_000, &random)
            totalDuration = .logNormal(median: 45_000, sigma: 0.27, max: 3_600_000, &random)
            quality = .score(distance: 0.096, sigma: 0.6, scale: 10_000, &random)
            coverage = .score(distance: 0.16, sigma: 0.7, scale: 10_000, &random)
            complexity = .logNormal(median: 545, sigma: 0.55, max: 100_00, &random)
            tokens = .logNormal(median: 1600, sigma: 0.8, max: 200_000, &random)
        }
    }

    /// - Parameters:
    ///   - settings: valid ones.
    ///   - stream: streams of one seed share no workflow and no id.
    ///   - salt: nor do those of different salts.
    public init(_ settings: GeneratorSettings, stream: Int = 0, salt: UInt64 = 0) {
        var seeds = RandomStream(seed: settings.seed)
        // The distributions are those of the seed, the same for all its streams.
        distributions = Distributions(&seeds)
        prompts = PromptPool.drawn(&seeds)
        var salted = RandomStream(seed: seeds.next() ^ salt)
        random = RandomStream(seed: salted.next() ^ (UInt64(stream) &+ 1) &* 0xD6E8_FEB8_6659_FD93)
        self.settings = settings
        chances = Chances(settings)
        models = WeightedTexts(settings.models.map { ($0.name, $0.weight) })
        nodeTypes = WeightedTexts(settings.nodeTypes.map { ($0.name, $0.weight) })
        prices = settings.models.map { Int(($0.dollarsPerMillionTokens * 1e6).rounded()) }
        slots.reserveCapacity(settings.workflows)
        for _ in 0..<settings.workflows {
            var slot = WorkflowSlot(id: UUID128(high: 0, low: 0), correlation: UUID128(high: 0, low: 0))
            renew(&slot)
            slots.append(slot)
        }
    }

    /// Writes the next line, with its end.
    ///
    /// - Parameter time: of the event by the schedule; its own may be older by disorder or lateness.
    public mutating func next(at time: EventTime, into buffer: inout LineBuffer) -> GeneratedLine {
        buffer.reserve(Self.lineBytesMax)
        lineNumber &+= 1
        if repeats.isDue(at: lineNumber) {
            let time = EventTime(microseconds: repeats.write(into: &buffer))
            return GeneratedLine(outcome: .duplicate, time: time)
        }
        let start = buffer.count
        if isDrawn(chances.malformed) {
            let kind = MalformedLine.allCases[random.below(MalformedLine.allCases.count)]
            writeMalformed(kind, at: time, into: &buffer)
            buffer.put(byte: 0x0A)
            return GeneratedLine(outcome: .refused(kind), time: time)
        }
        let line = writeEvent(at: time, into: &buffer)
        buffer.put(byte: 0x0A)
        if isDrawn(chances.isRepeated), !repeats.isFull {
            let bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes[start...])
            repeats.add(
                bytes,
                time: line.time.microseconds,
                due: lineNumber &+ UInt64(1 + random.below(Self.repeatWithinLines))
            )
        }
        return line
    }

    // MARK: - Draws

    @inline(__always)
    private mutating func isDrawn(_ threshold: UInt64) -> Bool {
        threshold != 0 && random.next() &>> 32 < threshold
    }

    @inline(__always)
    private mutating func uuid() -> UUID128 {
        // Version 4, variant 1 (RFC 9562).
        UUID128(
            high: random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
            low: random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        )
    }

    private mutating func shifted(_ time: EventTime) -> EventTime {
        if isDrawn(chances.late) {
            let least = GeneratorSettings.latenessMinMicroseconds
            let span = Double(settings.latenessMicroseconds - least)
            return time.advanced(byMicroseconds: -least - Int64(Double(random.next() >> 11) * 0x1p-53 * span))
        }
        if isDrawn(chances.disordered) {
            let span = Double(settings.disorderMicroseconds)
            return time.advanced(byMicroseconds: -Int64(Double(random.next() >> 11) * 0x1p-53 * span))
        }
        return time
    }

    // MARK: - Workflows

    private mutating func renew(_ slot: inout WorkflowSlot) {
        slot.id = uuid()
        slot.correlation = uuid()
        slot.retries = 0
        restart(&slot)
    }

    private mutating func restart(_ slot: inout WorkflowSlot) {
        slot.step = 0
        slot.failsAt = isDrawn(chances.failure) ? UInt8(1 + random.below(max(1, settings.stages))) : 0
    }

    // MARK: - Lines

    private mutating func writeEvent(at scheduled: EventTime, into buffer: inout LineBuffer) -> GeneratedLine {
        let place = random.below(slots.count)
        var slot = slots[place]
        let time = shifted(scheduled)
        let kind: EventKind =
            if slot.step == 0 {
                .started
            } else if slot.step == slot.failsAt {
                .failed
            } else if Int(slot.step) <= settings.stages {
                .stageCompleted
            } else {
                .completed
            }
        let isEnveloped = isDrawn(chances.envelope)
        if isEnveloped { openEnvelope(kind, slot, time, into: &buffer) }
        let form = TimestampWriter.Form.drawn(random.next() &>> 20)
        var line = GeneratedLine(outcome: .event(kind), time: time)
        switch kind {
        case .started:
            line.time = writeHead(.started, slot, time, form, into: &buffer)
            writeStarted(into: &buffer)
            slot.step = 1
        case .stageCompleted:
            line.time = writeHead(.stageCompleted, slot, time, form, into: &buffer)
            writeStage(Int(slot.step), number: (Int(slot.step) &- 1) % 8 &+ 1, into: &buffer)
            slot.step &+= 1
        case .completed:
            line.time = writeHead(.completed, slot, time, form, into: &buffer)
            line.completion = writeCompleted(into: &buffer)
            renew(&slot)
        case .failed:
            line.time = writeHead(.failed, slot, time, form, into: &buffer)
            writeFailed(&slot, into: &buffer)
        }
        if isEnveloped { buffer.put(#","provenance":{}}"#) }
        slots[place] = slot
        return line
    }

    /// The fields that all four kinds have. Returns the event time as written.
    @inline(__always)
    private mutating func writeHead(
        _ kind: EventKind,
        _ slot: WorkflowSlot,
        _ time: EventTime,
        _ form: TimestampWriter.Form,
        into buffer: inout LineBuffer
    ) -> EventTime {
        switch kind {
        case .started: buffer.put(#"{"event_type":"CODEGEN_STARTED","correlation_id":""#)
        case .stageCompleted: buffer.put(#"{"event_type":"CODEGEN_STAGE_COMPLETED","correlation_id":""#)
        case .completed: buffer.put(#"{"event_type":"CODEGEN_COMPLETED","correlation_id":""#)
        case .failed: buffer.put(#"{"event_type":"CODEGEN_FAILED","correlation_id":""#)
        }
        buffer.put(slot.correlation)
        buffer.put(#"","event_id":""#)
        buffer.put(uuid())
        buffer.put(#"","timestamp":""#)
        let written = timestamps.write(time, form, into: &buffer)
        buffer.put(#"","workflow_id":""#)
        buffer.put(slot.id)
        return written
    }

    private mutating func openEnvelope(
        _ kind: EventKind,
        _ slot: WorkflowSlot,
        _ time: EventTime,
        into buffer: inout LineBuffer
    ) {
        buffer.put(#"{"envelope_version":"v1","envelope_id":""#)
        buffer.put(uuid())
        buffer.put(#"","envelope_timestamp":""#)
        _ = timestamps.write(time, .utcOffset, into: &buffer)
        buffer.put(#"","event_type":""#)
        switch kind {
        case .started: buffer.put("CODEGEN_STARTED")
        case .stageCompleted: buffer.put("CODEGEN_STAGE_COMPLETED")
        case .completed: buffer.put("CODEGEN_COMPLETED")
        case .failed: buffer.put("CODEGEN_FAILED")
        }
        buffer.put(#"","event_version":"v1","correlation_id":""#)
        buffer.put(slot.correlation)
        buffer.put(#"","source_service":"weirload","payload":"#)
    }

    private mutating func writeStarted(into buffer: inout LineBuffer) {
        let bits = random.next()
        buffer.put(#"","orchestrator_node_id":""#)
        buffer.put(uuid())
        buffer.put(#"","prompt":""#)
        prompts.write(Int(truncatingIfNeeded: bits) & (PromptPool.count &- 1), into: &buffer)
        buffer.put(#"","output_directory":"/srv/codegen/out","node_type_hint":"#)
        if bits &>> 8 & 3 == 0 {
            buffer.put("null")
        } else {
            buffer.put(byte: 0x22)
            nodeTypes.write(nodeTypes.draw(bits &>> 16), into: &buffer)
            buffer.put(byte: 0x22)
        }
        buffer.put(
            #","pipeline_stages":["prompt_parsing","intelligence_gathering","contract_building","code_generation","event_bus_integration","validation","refinement","file_writing"],"estimated_duration_seconds":53}"#
        )
    }

    private mutating func writeStage(_ step: Int, number: Int, into buffer: inout LineBuffer) {
        let bits = random.next()
        let duration = distributions.stageDuration.value(bits) &+ Int(bits &>> 12 & 15)
        buffer.put(#"","stage_name":""#)
        buffer.put(Self.stageName((step &- 1) & 7))
        buffer.put(#"","stage_number":"#)
        buffer.put(number)
        buffer.put(#","duration_seconds":"#)
        buffer.put(units: duration, places: 3, scale: 1000)
        buffer.put(#","cpu_time_seconds":"#)
        // From 1/32 of the duration up to a half.
        buffer.put(units: duration &* (1 &+ Int(bits &>> 16 & 15)) / 32, places: 3, scale: 1000)
        buffer.put(#","memory_mb":"#)
        buffer.put(units: 800 &+ Int(((bits &>> 32 & 0xFFFF) &* 5200) &>> 16), places: 1, scale: 10)
        buffer.put(#","success":true,"warnings":"#)
        if bits &>> 48 & 15 < 2 { buffer.put(#"["slow"]"#) } else { buffer.put("[]") }
        buffer.put(#","stage_output":{}}"#)
    }

    /// - Parameter quality: in place of one that is valid.
    private mutating func writeCompleted(
        quality: StaticString? = nil,
        into buffer: inout LineBuffer
    ) -> GeneratedLine.Completion {
        let bits = random.next()
        let more = random.next()
        let duration = distributions.totalDuration.value(bits) &+ Int(bits &>> 12 & 15)
        let model = models.draw(bits &>> 16)
        let tokens = distributions.tokens.value(bits &>> 28) &+ Int(bits &>> 40 & 15)
        let microdollars = (tokens &* prices[model] &+ 500_000) / 1_000_000
        buffer.put(#"","total_duration_seconds":"#)
        buffer.put(units: duration, places: 3, scale: 1000)
        buffer.put(
            #","generated_files":["/srv/codegen/out/node.py","/srv/codegen/out/contract.yaml"],"node_type":""#
        )
        nodeTypes.write(nodeTypes.draw(bits &>> 44), into: &buffer)
        buffer.put(#"","service_name":"service_"#)
        buffer.put(Int(more & 511))
        buffer.put(#"","quality_score":"#)
        if let quality {
            buffer.put(quality)
        } else {
            buffer.put(units: distributions.quality.value(more &>> 9), places: 4, scale: 10_000)
        }
        buffer.put(#","test_coverage":"#)
        if more &>> 21 & 15 < 3 {
            buffer.put("null")
        } else {
            buffer.put(units: distributions.coverage.value(more &>> 25), places: 4, scale: 10_000)
        }
        buffer.put(#","complexity_score":"#)
        if more &>> 37 & 15 < 5 {
            buffer.put("null")
        } else {
            buffer.put(units: distributions.complexity.value(more &>> 41), places: 2, scale: 100)
        }
        buffer.put(#","patterns_applied":["#)
        writePatterns(into: &buffer)
        buffer.put(#"],"intelligence_sources":"#)
        switch more &>> 53 & 3 {
        case 0: buffer.put("[]")
        case 1: buffer.put(#"["postgresql"]"#)
        case 2: buffer.put(#"["memgraph","qdrant"]"#)
        default: buffer.put(#"["qdrant"]"#)
        }
        buffer.put(#","primary_model":""#)
        models.write(model, into: &buffer)
        buffer.put(#"","total_tokens":"#)
        buffer.put(tokens)
        buffer.put(#","total_cost_usd":"#)
        buffer.put(units: microdollars, places: 6, scale: 1_000_000)
        buffer.put(
            #","contract_yaml":"/srv/codegen/out/contract.yaml","node_module":"/srv/codegen/out/node.py","models":[],"enums":[],"tests":[]}"#
        )
        // A division of two exact numbers is rounded as reading their decimal text is.
        return GeneratedLine.Completion(
            duration: Double(duration) / 1000,
            cost: Double(microdollars) / 1_000_000,
            tokens: Int64(tokens)
        )
    }

    /// None to five.
    private mutating func writePatterns(into buffer: inout LineBuffer) {
        var bits = random.next()
        let count = max(0, Int(bits & 7) - 2)
        bits &>>= 3
        for index in 0..<count {
            buffer.put(index == 0 ? #""pattern"# : #","pattern"#)
            buffer.put(1 &+ Int(bits & 31))
            buffer.put(byte: 0x22)
            bits &>>= 5
        }
    }

    private mutating func writeFailed(_ slot: inout WorkflowSlot, into buffer: inout LineBuffer) {
        let bits = random.next()
        let stage = Self.stageName((Int(slot.step) &- 1) & 7)
        let isRetryable = bits & 15 < 12
        let partial = distributions.totalDuration.value(bits &>> 4) &* Int(slot.step) / (settings.stages &+ 1)
        buffer.put(#"","failed_stage":""#)
        buffer.put(stage)
        buffer.put(#"","partial_duration_seconds":"#)
        buffer.put(units: partial, places: 3, scale: 1000)
        switch bits &>> 16 & 3 {
        case 0: buffer.put(#","error_code":"TIMEOUT","error_message":"stage failed: "#)
        case 1: buffer.put(#","error_code":"VALIDATION_ERROR","error_message":"stage failed: "#)
        default: buffer.put(#","error_code":"CODEGEN_ERROR","error_message":"stage failed: "#)
        }
        buffer.put(stage)
        buffer.put(#"","error_context":{"attempt":"#)
        buffer.put(1 &+ Int(slot.retries))
        buffer.put(#"},"stack_trace":null,"partial_files":[],"retry_count":"#)
        buffer.put(Int(slot.retries))
        if isRetryable {
            buffer.put(#","is_retryable":true,"retry_after_seconds":null}"#)
        } else {
            buffer.put(#","is_retryable":false,"retry_after_seconds":null}"#)
        }
        if isRetryable, slot.retries < 3, bits &>> 20 & 1 == 0 {
            slot.retries &+= 1
            restart(&slot)
        } else {
            renew(&slot)
        }
    }

    @inline(__always)
    private static func stageName(_ index: Int) -> StaticString {
        switch index {
        case 0: "prompt_parsing"
        case 1: "intelligence_gathering"
        case 2: "contract_building"
        case 3: "code_generation"
        case 4: "event_bus_integration"
        case 5: "validation"
        case 6: "refinement"
        default: "file_writing"
        }
    }

    // MARK: - Malformed lines

    private mutating func writeMalformed(_ kind: MalformedLine, at time: EventTime, into buffer: inout LineBuffer) {
        // A workflow of its own: no event that counts is missing because of it.
        let slot = WorkflowSlot(id: uuid(), correlation: uuid())
        let start = buffer.count
        switch kind {
        case .prose: buffer.put("not json at all")
        case .number: buffer.put("42")
        case .emptyArray: buffer.put("[]")
        case .truncated:
            _ = writeHead(.stageCompleted, slot, time, .zulu, into: &buffer)
            writeStage(1, number: 1, into: &buffer)
            buffer.cut(to: start + (buffer.count - start) / 2)
        case .brokenUTF8:
            _ = writeHead(.started, slot, time, .zulu, into: &buffer)
            buffer.put(#"","prompt":""#)
            buffer.put(byte: 0xC3)
            buffer.put(byte: 0x28)
            buffer.put(#""}"#)
        case .unknownType:
            buffer.put(#"{"event_type":"PATTERN_STORED","event_id":""#)
            buffer.put(uuid())
            buffer.put(#""}"#)
        case .missingIDs:
            buffer.put(#"{"event_type":"CODEGEN_COMPLETED","workflow_id":""#)
            buffer.put(slot.id)
            buffer.put(#""}"#)
        case .stageNumber:
            _ = writeHead(.stageCompleted, slot, time, .zulu, into: &buffer)
            writeStage(1, number: 9, into: &buffer)
        case .qualityScore:
            _ = writeHead(.completed, slot, time, .zulu, into: &buffer)
            _ = writeCompleted(quality: "1.5", into: &buffer)
        case .timestamp:
            buffer.put(#"{"event_type":"CODEGEN_STARTED","correlation_id":""#)
            buffer.put(slot.correlation)
            buffer.put(#"","event_id":""#)
            buffer.put(uuid())
            buffer.put(#"","timestamp":"yesterday","workflow_id":""#)
            buffer.put(slot.id)
            buffer.put(#""}"#)
        }
    }
}
