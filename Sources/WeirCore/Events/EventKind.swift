/// The four kinds of events that a code-generation workflow emits (SPEC 1). Raw values are the wire's.
public enum EventKind: UInt8, CaseIterable, Sendable {
    case started = 0
    case stageCompleted = 1
    case completed = 2
    case failed = 3

    /// The `event_type` text.
    public var name: String { staticName.description }

    /// Likewise, without an allocation.
    @inlinable @inline(__always)
    public var staticName: StaticString {
        switch self {
        case .started: "CODEGEN_STARTED"
        case .stageCompleted: "CODEGEN_STAGE_COMPLETED"
        case .completed: "CODEGEN_COMPLETED"
        case .failed: "CODEGEN_FAILED"
        }
    }
}
