import WeirCore

/// The watermarks in the last two receipts of a worker for commits with inputs, for what its next commit may still hold.
///
/// A worker decides by the watermark that it knows. The rows of commit n + 1 were decided after commit n was made, and so after receipt
/// n − 1 had come: by its watermark or a later one.
struct ToldWatermarks: Sendable {
    /// In the receipt before the last; nil while there was none.
    private(set) var beforeLast: EventTime?
    private var last: EventTime?

    /// A commit with inputs is answered for the first time.
    mutating func answered(with watermark: EventTime?) {
        beforeLast = last
        last = watermark
    }
}
