import Hummingbird
import NIOCore
import Synchronization
import WeirCore

/// One client of `/v1/stream`.
struct StreamClient: Sendable {
    let type: String?
    /// The last emission that the client has.
    let after: UInt64?
    let parts: AsyncStream<Part>
    let mailbox: Mailbox
    let page: @Sendable (_ after: UInt64) async throws(Problem) -> EmissionPage
    let onEnd: @Sendable () async -> Void

    /// Where a client is told that it is over.
    final class Mailbox: Sendable {
        private let reason = Mutex<String?>(nil)
        /// Ends when it is over.
        let ended: AsyncStream<Void>
        private let signal: AsyncStream<Void>.Continuation

        init() {
            (ended, signal) = AsyncStream.makeStream()
        }

        func end(because text: String) {
            reason.withLock { $0 = $0 ?? text }
            signal.finish()
        }

        var endReason: String? { reason.withLock { $0 } }
    }

    /// What waits in a client's buffer.
    enum Part: Sendable {
        case emission(Emission)
        /// A comment, which shows both sides that the other is there.
        case heartbeat
    }

    /// Wall clock: how long a client that is dropped has for what is on its way.
    private static let grace = Duration.seconds(5)

    /// The events, until the client goes, is too slow, or the node stops.
    var body: ResponseBody {
        ResponseBody { writer in
            let borrowed = BorrowedWriter(writer: writer)
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        var writer = borrowed.writer
                        try await self.write(&writer)
                        try await writer.finish(nil)
                    }
                    group.addTask {
                        for await _ in self.mailbox.ended {}
                        try await Task.sleep(for: Self.grace)
                        throw StreamEnded()
                    }
                    try await group.next()
                    group.cancelAll()
                }
            } catch {
                await onEnd()
                throw error
            }
            await onEnd()
        }
    }

    /// A writer that one task has while its owner waits for that task. Unchecked, because writers are not Sendable.
    private struct BorrowedWriter: @unchecked Sendable {
        let writer: any ResponseBodyWriter
    }

    /// A client did not take what was on its way.
    private struct StreamEnded: Error {}

    private func write(_ writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
        var last = after ?? 0
        if after != nil {
            while true {
                let page = try await page(last)
                if page.emissions.isEmpty { break }
                for emission in page.emissions where type == nil || emission.windowType == type {
                    try await writer.write(ByteBuffer(bytes: emission.event))
                }
                last = page.last
            }
        }
        for await part in parts {
            switch part {
            case .emission(let emission) where emission.number > last:
                try await writer.write(ByteBuffer(bytes: emission.event))
            case .emission: break
            case .heartbeat: try await writer.write(ByteBuffer(string: ":\n\n"))
            }
        }
        if let reason = mailbox.endReason {
            var json = JSONWriter()
            json.object { $0.member("reason", reason) }
            try await writer.write(ByteBuffer(string: "event: dropped\ndata: \(json.text)\n\n"))
        }
    }
}
