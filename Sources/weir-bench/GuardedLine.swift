import Foundation
import NNG
import WeirNode
import WeirWire

/// A server that answers every request shortly, and a client with one line to it.
final class GuardedLine: Sendable {
    /// What every message carries.
    enum Kind: String, CaseIterable, Sendable {
        case checksum
        case cluster
        case role
    }

    /// What a time of requests came to.
    struct Turn: Sendable {
        var perSecond: Double
        /// Of the process for each request.
        var processorMicroseconds: Double
    }

    let kind: Kind
    private let server: ReplySocket
    private let lineGuard: LineGuard
    private let line: SealedLine
    private let inFlight: Int

    private static let timeout = Duration.seconds(10)
    private static let answer = [UInt8](repeating: 7, count: 16)

    init(_ kind: Kind, inFlight: Int) throws {
        self.kind = kind
        self.inFlight = inFlight
        var security = TransportSecurity.none
        switch kind {
        case .checksum: break
        case .cluster: security.secret = JoinSecret()
        case .role: security.roles[.worker] = [JoinSecret()]
        }
        var limits = NNGLimits()
        limits.messageBytesMax = 32 << 20
        limits.requestsInFlight = inFlight
        server = try ReplySocket(limits: limits)
        lineGuard = security.lineGuard(.control)
        let url = try server.listen("tcp://127.0.0.1:0")
        line = security.line(try RequestSocket(url, limits: limits), .control)
    }

    /// Answers until ``close()``.
    func serve() async {
        await server.serve { request in
            await self.lineGuard.answer(
                request,
                refused: { FileHandle.standardError.write(Data("refused: \($0)\n".utf8)) }
            ) { _, _ in
                Self.answer
            }
        }
    }

    func close() {
        line.close()
        server.close()
    }

    /// Requests for so long, always as many in flight.
    func turn(bytes: Int, for time: Duration) async throws -> Turn {
        let message = [UInt8](repeating: 7, count: bytes)
        let (began, processorBegan) = (ContinuousClock.now, Self.processorTime)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<inFlight {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now - began < time {
                        _ = try await self.line.request(message, as: [.worker], timeout: Self.timeout)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Turn(
            perSecond: Double(count) / ((ContinuousClock.now - began) / .seconds(1)),
            processorMicroseconds: Double(Self.processorTime - processorBegan) / 1000 / Double(max(1, count))
        )
    }

    /// Of the whole process, in nanoseconds.
    private static var processorTime: Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
