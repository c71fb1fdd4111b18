import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import WeirCore

/// A request whose parameters were read and found right.
struct APIRequest: Sendable {
    let request: Request
    private let values: [String: APIParameter.Value]
    private let bodyBytesMax: Int
    private let bodyTimeout: Duration
    let log: Logger

    init(
        _ request: Request,
        values: [String: APIParameter.Value],
        bodyBytesMax: Int,
        bodyTimeout: Duration,
        log: Logger
    ) {
        self.request = request
        self.values = values
        self.bodyBytesMax = bodyBytesMax
        self.bodyTimeout = bodyTimeout
        self.log = log
    }

    func integer(_ name: String) -> Int? {
        if case .integer(let number)? = values[name] { number } else { nil }
    }

    func moment(_ name: String) -> EventTime? {
        if case .moment(let moment)? = values[name] { moment } else { nil }
    }

    func text(_ name: String) -> String? {
        if case .text(let text)? = values[name] { text } else { nil }
    }

    func uuid(_ name: String) -> UUID128? {
        if case .uuid(let id)? = values[name] { id } else { nil }
    }

    /// The body, within its limits of size and time.
    func body() async throws(Problem) -> [UInt8] {
        do {
            let buffer = try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
                group.addTask { try await request.body.collect(upTo: bodyBytesMax) }
                group.addTask {
                    try await Task.sleep(for: bodyTimeout)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next()!
            }
            guard let buffer else {
                throw Problem(
                    .bodyTimeout,
                    "the body was not there within \(bodyTimeout); send smaller batches, or see to the network",
                    headers: [.connection: "close"]
                )
            }
            return Array(buffer.readableBytesView)
        } catch let problem as Problem {
            throw problem
        } catch is NIOTooManyBytesError {
            throw Problem(.tooLarge, "the body is longer than \(bodyBytesMax) bytes; send smaller batches")
        } catch {
            throw Problem(.invalidBody, "the body ended before its end: \(error)", headers: [.connection: "close"])
        }
    }
}
