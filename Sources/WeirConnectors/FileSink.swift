import Foundation
import WeirCore
import WeirWire

/// Appends the events of one type that intents publish to an NDJSON file, durably. A line may be there twice after a crash, with the
/// same `event_id`.
public actor FileSink: IntentSink {
    public nonisolated let path: String
    public nonisolated var name: String { path }
    private let eventType: String
    private let descriptor: Int32
    private var isClosed = false
    /// Lines that the running sync does not cover.
    private var pending: [UInt8] = []
    private var waiting: [CheckedContinuation<Void, any Error>] = []
    private var isWriting = false

    /// - Parameter eventType: `target_event_type` of the intents that it takes; others are not its own, and count as carried out.
    public init(path: String, eventType: String = Intent.recordEventType) throws(FileSinkFailure) {
        self.path = path
        self.eventType = eventType
        descriptor = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileSinkFailure(path: path, doing: "open", errno: errno) }
    }

    public func carryOut(_ intent: LeasedIntent) async throws {
        guard Intent.targetEventType(inJSON: intent.json) == eventType else { return }
        guard let event = Intent.targetEventPayload(inJSON: intent.json) else {
            throw FileSinkFailure(path: path, doing: "find the event of intent \(intent.id) for", errno: EINVAL)
        }
        pending += event
        pending.append(0x0A)
        try await withCheckedThrowingContinuation { continuation in
            waiting.append(continuation)
            if !isWriting {
                isWriting = true
                Task { self.writeAll() }
            }
        }
    }

    /// Writes what has gathered with one sync.
    private func writeAll() {
        while !waiting.isEmpty {
            let (bytes, done) = (pending, waiting)
            (pending, waiting) = ([], [])
            let failure = write(bytes)
            for continuation in done {
                if let failure { continuation.resume(throwing: failure) } else { continuation.resume() }
            }
        }
        isWriting = false
    }

    private func write(_ bytes: [UInt8]) -> FileSinkFailure? {
        let start = lseek(descriptor, 0, SEEK_END)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = FileSinkFailure(path: path, doing: "write to", errno: count < 0 ? errno : EIO)
                ftruncate(descriptor, start)  // No half line stays; a failure to cut shows in the next write.
                return failure
            }
            done += count
        }
        return fdatasync(descriptor) == 0 ? nil : FileSinkFailure(path: path, doing: "sync", errno: errno)
    }

    public func close() {
        guard !isClosed else { return }
        isClosed = true
        Glibc.close(descriptor)
    }
}

/// A sink's file can't be written.
public struct FileSinkFailure: Error, Sendable, CustomStringConvertible {
    public var path: String
    public var doing: String
    public var errno: Int32

    public var description: String {
        "\(doing) \(path): \(String(cString: strerror(errno)))"
            + (errno == ENOSPC ? "; free space on its file system" : "")
    }
}
