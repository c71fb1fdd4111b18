/// A batch of events in columns: five common columns with a row for each event, in order of arrival, and for each kind its own
/// payload columns with a row for each event of that kind, in the same order (a dense union).
///
/// To walk the batch keep a cursor for each kind and advance it with every event of that kind. Columns are plain
/// trivially-copyable arrays, so that encoding them is copying bytes. Texts are codes into ``dictionaries``.
///
/// Invariant: all common columns have the same count; all payload columns of a kind have as many rows as the batch has events of
/// that kind; every code is below the count of its dictionary.
public struct EventColumns: Sendable, Equatable {
    // MARK: Common, one row an event

    /// Raw values of ``EventKind``.
    public var kinds: [UInt8] = []
    public var times: [EventTime] = []
    public var eventIDs: [UUID128] = []
    public var workflowIDs: [UUID128] = []
    public var correlationIDs: [UUID128] = []

    // MARK: Payloads, one row an event of the kind

    public var stages = StageColumns()
    public var completions = CompletionColumns()
    public var failures = FailureColumns()

    /// Payload of `CODEGEN_STAGE_COMPLETED`.
    public struct StageColumns: Sendable, Equatable {
        /// Codes of ``Dimension/stage``.
        public var stage: [UInt32] = []
        /// 1…8.
        public var number: [UInt8] = []
        /// 0 or 1.
        public var success: [UInt8] = []
        /// Seconds, finite, ≥ 0.
        public var duration: [Double] = []

        public init() {}
    }

    /// Payload of `CODEGEN_COMPLETED`.
    public struct CompletionColumns: Sendable, Equatable {
        /// Seconds, finite, ≥ 0.
        public var duration: [Double] = []
        /// 0…1.
        public var quality: [Double] = []
        /// 0…1, or NaN where absent.
        public var coverage: [Double] = []
        /// Finite, or NaN where absent.
        public var complexity: [Double] = []
        /// USD, finite, ≥ 0.
        public var cost: [Double] = []
        /// ≥ 0.
        public var tokens: [Int64] = []
        /// Number of `patterns_applied`.
        public var patterns: [UInt32] = []
        /// Codes of ``Dimension/nodeType``.
        public var nodeType: [UInt32] = []
        /// Codes of ``Dimension/model``.
        public var model: [UInt32] = []

        public init() {}
    }

    /// Payload of `CODEGEN_FAILED`.
    public struct FailureColumns: Sendable, Equatable {
        /// Codes of ``Dimension/stage``.
        public var stage: [UInt32] = []
        /// Codes of ``Dimension/errorCode``.
        public var errorCode: [UInt32] = []
        /// Seconds, finite, ≥ 0.
        public var partialDuration: [Double] = []
        /// 0 or 1.
        public var retryable: [UInt8] = []

        public init() {}
    }

    // MARK: Texts

    public var stageKeys = KeyDictionary()
    public var modelKeys = KeyDictionary()
    public var nodeTypeKeys = KeyDictionary()
    public var errorCodeKeys = KeyDictionary()

    public init() {}

    /// Takes out all events, and keeps the room for as many. Texts stay, with their codes, while there are few: for a reader that
    /// fills the same columns again and again.
    public mutating func removeAllKeepingRoom() {
        kinds.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
        eventIDs.removeAll(keepingCapacity: true)
        workflowIDs.removeAll(keepingCapacity: true)
        correlationIDs.removeAll(keepingCapacity: true)
        stages.stage.removeAll(keepingCapacity: true)
        stages.number.removeAll(keepingCapacity: true)
        stages.success.removeAll(keepingCapacity: true)
        stages.duration.removeAll(keepingCapacity: true)
        completions.duration.removeAll(keepingCapacity: true)
        completions.quality.removeAll(keepingCapacity: true)
        completions.coverage.removeAll(keepingCapacity: true)
        completions.complexity.removeAll(keepingCapacity: true)
        completions.cost.removeAll(keepingCapacity: true)
        completions.tokens.removeAll(keepingCapacity: true)
        completions.patterns.removeAll(keepingCapacity: true)
        completions.nodeType.removeAll(keepingCapacity: true)
        completions.model.removeAll(keepingCapacity: true)
        failures.stage.removeAll(keepingCapacity: true)
        failures.errorCode.removeAll(keepingCapacity: true)
        failures.partialDuration.removeAll(keepingCapacity: true)
        failures.retryable.removeAll(keepingCapacity: true)
        stageKeys.removeAll(keepingUpTo: Self.keptKeysMax)
        modelKeys.removeAll(keepingUpTo: Self.keptKeysMax)
        nodeTypeKeys.removeAll(keepingUpTo: Self.keptKeysMax)
        errorCodeKeys.removeAll(keepingUpTo: Self.keptKeysMax)
    }

    /// Texts of a dimension beyond which they are not kept from batch to batch.
    private static let keptKeysMax = 256

    /// Number of events.
    public var count: Int { kinds.count }
    public var isEmpty: Bool { kinds.isEmpty }
}

/// Limits on single values; an event beyond one of them is quarantined with `validation_error`.
public enum EventLimits {
    /// Exclusive bound on the magnitude of `duration`, `cost` and `complexity`: the range of ``ExactSum``'s units, 2⁶³.
    public static let magnitudeBelow: Double = 0x1p63
    /// Largest `total_tokens`: 2⁶³ − 1.
    public static let tokensMax = Int64.max
    /// Longest `stage_name`, `node_type`, `primary_model`, `failed_stage`, `error_code`, in UTF-8 bytes.
    public static let keyBytesMax = 1024
}
