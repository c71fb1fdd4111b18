/// Why an event can't be counted (SPEC 1). Raw values are those of records and messages.
public enum QuarantineReason: String, CaseIterable, Sendable {
    /// Not one JSON object, or broken UTF-8.
    case malformedJSON = "malformed_json"
    case unknownEventType = "unknown_event_type"
    /// A field breaks its rule; the detail names it.
    case validationError = "validation_error"
    /// The line is longer than the limit.
    case tooLarge = "too_large"
    /// Older than the watermark by more than `max_lateness`.
    case tooLate = "too_late"
}

/// A line that could not be counted, whole.
public struct QuarantinedLine: Sendable, Equatable {
    public var reason: QuarantineReason
    /// What is wrong, naming the field.
    public var detail: String
    /// Position of the line in its batch or file, from 0.
    public var line: Int
    /// The line's bytes without its line end.
    public var bytes: [UInt8]

    public init(reason: QuarantineReason, detail: String, line: Int, bytes: [UInt8]) {
        self.reason = reason
        self.detail = detail
        self.line = line
        self.bytes = bytes
    }
}
