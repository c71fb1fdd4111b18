/// A way to an ingest, for one request at a time.
protocol EventConnection: Sendable {
    /// Sends a batch and awaits its acknowledgement.
    ///
    /// - Throws: ``SendFailure`` when the batch may be sent again, or was refused.
    func send(_ batch: [UInt8], timeout: Duration) async throws(SendFailure) -> Acknowledgement
    func close() async
}

/// A batch is on disk.
struct Acknowledgement: Sendable, Equatable {
    /// Lines, quarantined ones included.
    var accepted: Int
    var quarantined: Int
}

/// A batch without acknowledgement.
struct SendFailure: Error, Sendable, CustomStringConvertible {
    enum Kind: String, Sendable {
        /// The ingest asks to send again later.
        case retry
        /// The ingest does not take the batch as it is.
        case rejected
        case timeout
        /// No connection, or a broken one.
        case connection
        /// An answer that is none of an ingest.
        case answer
    }

    var kind: Kind
    var reason: String

    var description: String { "\(kind.rawValue): \(reason)" }
}
