import WeirCore

/// Rows of events on their way into columns: written here one by one, without a check for room or sharing, and added to a batch many at
/// a time, which costs a copy of their bytes and no more.
///
/// Hot: once an event. Memory: 164 bytes for each of ``rowsMax`` rows.
struct RowBuffer: ~Copyable {
    /// Rows that are held at most.
    static let rowsMax = 128

    private var count = 0
    private let kinds = Column<UInt8>()
    private let times = Column<EventTime>()
    private let eventIDs = Column<UUID128>()
    private let workflowIDs = Column<UUID128>()
    private let correlationIDs = Column<UUID128>()
    private let spans = Column<LineSpan>()

    private var stageCount = 0
    private let stages = Column<UInt32>()
    private let stageNumbers = Column<UInt8>()
    private let stageSuccesses = Column<UInt8>()
    private let stageDurations = Column<Double>()

    private var completionCount = 0
    private let durations = Column<Double>()
    private let qualities = Column<Double>()
    private let coverages = Column<Double>()
    private let complexities = Column<Double>()
    private let costs = Column<Double>()
    private let tokens = Column<Int64>()
    private let patterns = Column<UInt32>()
    private let nodeTypes = Column<UInt32>()
    private let models = Column<UInt32>()

    private var failureCount = 0
    private let failedStages = Column<UInt32>()
    private let errorCodes = Column<UInt32>()
    private let partialDurations = Column<Double>()
    private let retryables = Column<UInt8>()

    /// Values of one column.
    private struct Column<Value: BitwiseCopyable> {
        let start = UnsafeMutablePointer<Value>.allocate(capacity: rowsMax)

        /// The first values.
        func prefix(_ count: Int) -> UnsafeBufferPointer<Value> { UnsafeBufferPointer(start: start, count: count) }
    }

    deinit {
        kinds.start.deallocate()
        times.start.deallocate()
        for ids in [eventIDs, workflowIDs, correlationIDs] { ids.start.deallocate() }
        spans.start.deallocate()
        for bytes in [stageNumbers, stageSuccesses, retryables] { bytes.start.deallocate() }
        for codes in [stages, patterns, nodeTypes, models, failedStages, errorCodes] { codes.start.deallocate() }
        for numbers in [
            stageDurations, durations, qualities, coverages, complexities, costs, partialDurations,
        ] { numbers.start.deallocate() }
        tokens.start.deallocate()
    }

    /// Whether ``flush(into:)`` must come before the next row.
    var isFull: Bool { count == Self.rowsMax }

    // MARK: - Rows

    /// Adds a row, after its payload.
    @inline(__always)
    mutating func append(
        _ kind: EventKind,
        at time: EventTime,
        event: UUID128,
        workflow: UUID128,
        correlation: UUID128,
        span: LineSpan
    ) {
        assert(!isFull, "a row has no room")
        kinds.start[count] = kind.rawValue
        times.start[count] = time
        eventIDs.start[count] = event
        workflowIDs.start[count] = workflow
        correlationIDs.start[count] = correlation
        spans.start[count] = span
        count &+= 1
    }

    @inline(__always)
    mutating func appendStage(_ stage: UInt32, number: UInt8, success: UInt8, duration: Double) {
        stages.start[stageCount] = stage
        stageNumbers.start[stageCount] = number
        stageSuccesses.start[stageCount] = success
        stageDurations.start[stageCount] = duration
        stageCount &+= 1
    }

    @inline(__always)
    mutating func appendCompletion(
        duration: Double,
        quality: Double,
        coverage: Double,
        complexity: Double,
        cost: Double,
        tokens: Int64,
        patterns: UInt32,
        nodeType: UInt32,
        model: UInt32
    ) {
        durations.start[completionCount] = duration
        qualities.start[completionCount] = quality
        coverages.start[completionCount] = coverage
        complexities.start[completionCount] = complexity
        costs.start[completionCount] = cost
        self.tokens.start[completionCount] = tokens
        self.patterns.start[completionCount] = patterns
        nodeTypes.start[completionCount] = nodeType
        models.start[completionCount] = model
        completionCount &+= 1
    }

    @inline(__always)
    mutating func appendFailure(_ stage: UInt32, errorCode: UInt32, partialDuration: Double, retryable: UInt8) {
        failedStages.start[failureCount] = stage
        errorCodes.start[failureCount] = errorCode
        partialDurations.start[failureCount] = partialDuration
        retryables.start[failureCount] = retryable
        failureCount &+= 1
    }

    // MARK: - Batches

    /// Adds all rows to a batch, whose dictionaries have their texts, and takes them out here. O(rows), one copy a column.
    mutating func flush(into batch: inout ParsedBatch) {
        guard count > 0 else { return }
        batch.columns.kinds += kinds.prefix(count)
        batch.columns.times += times.prefix(count)
        batch.columns.eventIDs += eventIDs.prefix(count)
        batch.columns.workflowIDs += workflowIDs.prefix(count)
        batch.columns.correlationIDs += correlationIDs.prefix(count)
        batch.spans += spans.prefix(count)
        batch.columns.stages.stage += stages.prefix(stageCount)
        batch.columns.stages.number += stageNumbers.prefix(stageCount)
        batch.columns.stages.success += stageSuccesses.prefix(stageCount)
        batch.columns.stages.duration += stageDurations.prefix(stageCount)
        batch.columns.completions.duration += durations.prefix(completionCount)
        batch.columns.completions.quality += qualities.prefix(completionCount)
        batch.columns.completions.coverage += coverages.prefix(completionCount)
        batch.columns.completions.complexity += complexities.prefix(completionCount)
        batch.columns.completions.cost += costs.prefix(completionCount)
        batch.columns.completions.tokens += tokens.prefix(completionCount)
        batch.columns.completions.patterns += patterns.prefix(completionCount)
        batch.columns.completions.nodeType += nodeTypes.prefix(completionCount)
        batch.columns.completions.model += models.prefix(completionCount)
        batch.columns.failures.stage += failedStages.prefix(failureCount)
        batch.columns.failures.errorCode += errorCodes.prefix(failureCount)
        batch.columns.failures.partialDuration += partialDurations.prefix(failureCount)
        batch.columns.failures.retryable += retryables.prefix(failureCount)
        count = 0
        stageCount = 0
        completionCount = 0
        failureCount = 0
    }
}
