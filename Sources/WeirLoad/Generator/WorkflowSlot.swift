import WeirCore

/// A workflow under way.
struct WorkflowSlot: Sendable, BitwiseCopyable {
    var id: UUID128
    var correlation: UUID128
    /// Of the next event: 0 for STARTED, then the stages, then COMPLETED.
    var step: UInt8 = 0
    /// The step in whose place the workflow fails; 0 for none.
    var failsAt: UInt8 = 0
    var retries: UInt8 = 0
}
