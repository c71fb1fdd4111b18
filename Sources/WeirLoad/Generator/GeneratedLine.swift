import WeirCore

/// What the generator has written, as it expects the cluster to take it.
public struct GeneratedLine: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        /// An event that counts.
        case event(EventKind)
        /// An event of which another copy came before.
        case duplicate
        /// A line for quarantine.
        case refused(MalformedLine)
    }

    /// The part of a COMPLETED event that is summed.
    public struct Completion: Sendable, Equatable, BitwiseCopyable {
        public var duration: Double
        public var cost: Double
        public var tokens: Int64
    }

    public var outcome: Outcome
    /// As it stands in the line.
    public var time: EventTime
    public var completion: Completion?
}

/// The ways in which a generated line is broken.
public enum MalformedLine: UInt8, CaseIterable, Sendable {
    case prose
    case truncated
    case number
    case emptyArray
    case brokenUTF8
    case unknownType
    case missingIDs
    case stageNumber
    case qualityScore
    case timestamp

    /// What the line is quarantined for.
    public var reason: QuarantineReason {
        switch self {
        case .prose, .truncated, .number, .emptyArray, .brokenUTF8: .malformedJSON
        case .unknownType: .unknownEventType
        case .missingIDs, .stageNumber, .qualityScore, .timestamp: .validationError
        }
    }
}
