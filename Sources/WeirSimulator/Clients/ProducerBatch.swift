import WeirCore

/// What a producer sends in one request.
struct ProducerBatch {
    var source: String
    /// Indices of events in the ``EventPool``, in order.
    var events: [Int]
    /// Lines that the ingest's parser refuses.
    var refused: [QuarantinedLine]
}
