/// The text-valued fields that events are grouped by. Each has a dictionary of its own in a batch of ``EventColumns``.
public enum Dimension: UInt8, CaseIterable, Sendable {
    /// `stage_name` of STAGE_COMPLETED and `failed_stage` of FAILED.
    case stage = 0
    /// `primary_model` of COMPLETED.
    case model = 1
    /// `node_type` of COMPLETED.
    case nodeType = 2
    /// `error_code` of FAILED.
    case errorCode = 3
}
