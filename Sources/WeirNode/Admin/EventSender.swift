import Foundation
import NNG
import WeirCore

/// Sends a file of events to an ingest in batches, several in flight, and again until each is acknowledged.
public struct EventSender: Sendable {
    public struct Totals: Sendable, Equatable {
        /// Lines acknowledged, quarantined ones included.
        public var accepted = 0
        public var quarantined = 0
        public var batches = 0
        /// Requests that had to be sent again.
        public var retries = 0
        /// Bytes acknowledged.
        public var bytes = 0

        public init() {}
    }

    private let socket: RequestSocket
    private let url: String
    private let batchBytes: Int
    private let inFlight: Int
    private let giveUpAfter: Duration

    /// - Parameters:
    ///   - batchBytes: bytes of a request, unless a line is longer.
    ///   - inFlight: requests at a time, 1…256.
    ///   - giveUpAfter: how long a batch is tried before sending fails.
    public init(
        url: String,
        batchBytes: Int,
        inFlight: Int,
        giveUpAfter: Duration,
        tls: TLSCredentials? = nil
    ) throws(NNGError) {
        self.url = url
        self.batchBytes = batchBytes
        self.inFlight = inFlight
        self.giveUpAfter = giveUpAfter
        var limits = NNGLimits()
        limits.requestsInFlight = inFlight
        socket = try RequestSocket(url, tls: tls, limits: limits)
    }

    /// Sends all lines of a file, or of standard input (`-`). Returns when everything is acknowledged.
    ///
    /// - Parameter progress: is told after each batch, with the size of the file if it has one.
    public func send(
        _ path: String,
        progress: (Totals, Int?) -> Void
    ) async throws -> Totals {
        let input = try LineChunks(path: path, chunkBytes: batchBytes)
        return try await withThrowingTaskGroup(of: (Reply, Int).self) { group in
            var totals = Totals()
            var running = 0
            func take(_ reply: Reply, _ bytes: Int) {
                totals.accepted += reply.accepted
                totals.quarantined += reply.quarantined
                totals.retries += reply.retries
                totals.batches += 1
                totals.bytes += bytes
                progress(totals, input.size)
            }
            while let chunk = try input.next() {
                if running == inFlight, let (reply, bytes) = try await group.next() {
                    running -= 1
                    take(reply, bytes)
                }
                let bytes = Array(chunk.bytes)
                group.addTask { (try await deliver(bytes), bytes.count) }
                running += 1
            }
            for try await (reply, bytes) in group { take(reply, bytes) }
            return totals
        }
    }

    /// Sends one batch of lines. Returns when it is acknowledged.
    public func send(_ batch: [UInt8]) async throws -> Totals {
        let reply = try await deliver(batch)
        var totals = Totals()
        totals.accepted = reply.accepted
        totals.quarantined = reply.quarantined
        totals.retries = reply.retries
        totals.batches = 1
        totals.bytes = batch.count
        return totals
    }

    public func close() { socket.close() }

    // MARK: - One batch

    private struct Reply: Sendable {
        var accepted: Int
        var quarantined: Int
        var retries: Int
    }

    private struct ReplyText: Decodable {
        var accepted: Int?
        var quarantined: Int?
        var error: String?
        var reason: String?
    }

    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(2)

    private func deliver(_ batch: [UInt8]) async throws -> Reply {
        let end = ContinuousClock.now + giveUpAfter
        var retries = 0
        var pause = Self.firstPause
        // Says more than that the last try, which has little time left, was not answered.
        var refusal: String?
        while true {
            var problem: String
            do {
                let left = max(.milliseconds(1), end - .now)
                let reply = try await socket.request(batch, timeout: min(left, .seconds(15)))
                let text = try JSONDecoder().decode(ReplyText.self, from: Data(reply))
                if let accepted = text.accepted {
                    return Reply(accepted: accepted, quarantined: text.quarantined ?? 0, retries: retries)
                }
                problem = text.reason ?? "an answer without a reason"
                if text.error != "retry" { throw SendFailure(url: url, reason: problem, isFinal: true) }
                refusal = problem
            } catch let failure as NNGError {
                problem = refusal.map { "\($0); then: \(failure)" } ?? failure.description
            } catch let failure as DecodingError {
                throw SendFailure(url: url, reason: "the answer is no reply of an ingest (\(failure))", isFinal: true)
            }
            guard ContinuousClock.now + pause < end else {
                throw SendFailure(url: url, reason: problem, isFinal: false)
            }
            retries += 1
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }
}

/// A batch could not be delivered.
public struct SendFailure: Error, Sendable, CustomStringConvertible {
    public var url: String
    public var reason: String
    /// The ingest has refused the batch for good.
    public var isFinal: Bool

    public var description: String {
        isFinal
            ? "the ingest at \(url) refused a batch: \(reason)"
            : "a batch was not acknowledged by \(url) in time: \(reason); sending the file again is safe, events are not counted twice"
    }
}
