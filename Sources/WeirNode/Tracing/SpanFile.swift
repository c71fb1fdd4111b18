import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import WeirConnectors
import WeirCore

/// A file of spans, each line a `TracesData` of OTLP/JSON as the OpenTelemetry Collector's file exporter writes it and its receiver
/// `otlpjsonfile` reads it. Written beside the path of events, on a thread of its own; what does not fit is dropped and counted.
public actor SpanFile: Service {
    private let executor = ThreadExecutor(name: "spans")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private nonisolated let queue = Mutex<[SpanRecord]>([])
    private nonisolated let metrics: NodeMetrics
    private nonisolated let path: String
    private let bytesMax: Int
    private let node: String
    private let log: Logger
    private let notices = NoticeLimiter()
    private var descriptor: Int32
    private var bytes: Int

    /// - Parameter node: what the spans' resource is called, beside `service.name`.
    init(
        path: String,
        bytesMax: Int,
        node: String,
        metrics: NodeMetrics,
        log: Logger
    ) throws(SpanFileFailure) {
        self.path = path
        self.bytesMax = bytesMax
        self.node = node
        self.metrics = metrics
        self.log = log
        descriptor = try Self.opened(path)
        bytes = Int(lseek(descriptor, 0, SEEK_END))
    }

    deinit { close(descriptor) }

    private static func opened(_ path: String) throws(SpanFileFailure) -> Int32 {
        let descriptor = open(path, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SpanFileFailure(path: path, errno: errno) }
        return descriptor
    }

    /// Queues a span. O(1).
    nonisolated func add(_ span: SpanRecord) {
        let isQueued = queue.withLock { queue in
            guard queue.count < TracingLimits.queuedSpans else { return false }
            queue.append(span)
            return true
        }
        if !isQueued { metrics.add(.traceSpans, ["dropped"]) }
    }

    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: TracingLimits.writeInterval)  // Ends early only by cancellation.
                    await self.writeQueued()
                }
            }
            await stopIsAskedFor()
            group.cancelAll()
        }
        writeQueued()
    }

    private func writeQueued() {
        var spans = queue.withLock { queue in
            defer { queue = [] }
            return queue[...]
        }
        while !spans.isEmpty {
            let part = spans.prefix(TracingLimits.spansPerLine)
            spans = spans.dropFirst(part.count)
            metrics.add(.traceSpans, [write(line(of: part)) ? "written" : "dropped"], part.count)
        }
    }

    private func line(of spans: ArraySlice<SpanRecord>) -> [UInt8] {
        func text(_ key: String, _ value: String, _ json: inout JSONWriter) {
            json.object { json in
                json.member("key", key)
                json.key("value")
                json.object { $0.member("stringValue", value) }
            }
        }
        var json = JSONWriter()
        json.object { json in
            json.key("resourceSpans")
            json.array { json in
                json.object { json in
                    json.key("resource")
                    json.object { json in
                        json.key("attributes")
                        json.array { json in
                            text("service.name", "weir", &json)
                            text("service.instance.id", node, &json)
                            text("service.version", WeirVersion.current, &json)
                        }
                    }
                    json.key("scopeSpans")
                    json.array { json in
                        json.object { json in
                            json.key("scope")
                            json.object { $0.member("name", "weir") }
                            json.key("spans")
                            json.array { json in for span in spans { span.write(into: &json) } }
                        }
                    }
                }
            }
        }
        return json.bytes + [0x0A]
    }

    /// One write a line. Returns whether it is in the file.
    private func write(_ line: [UInt8]) -> Bool {
        do throws(SpanFileFailure) {
            if bytes > 0, bytes + line.count > bytesMax { try putAside() }
        } catch {
            report(error)
            return false
        }
        let written = line.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
        guard written == line.count else {
            let failure = SpanFileFailure(path: path, errno: written < 0 ? errno : ENOSPC)
            // A line that is not whole would make the next one unreadable.
            if written > 0 { ftruncate(descriptor, off_t(bytes)) }
            report(failure)
            return false
        }
        bytes += line.count
        return true
    }

    private func putAside() throws(SpanFileFailure) {
        guard rename(path, path + ".1") == 0 else { throw SpanFileFailure(path: path, errno: errno) }
        let new = try Self.opened(path)
        close(descriptor)
        descriptor = new
        bytes = 0
    }

    private func report(_ failure: SpanFileFailure) {
        if notices.admits(failure.description) {
            log.warning("spans were dropped", metadata: ["error": "\(failure)"])
        }
    }
}

/// The file of spans can't be used.
struct SpanFileFailure: Error, Sendable, CustomStringConvertible {
    var path: String
    var errno: Int32

    var description: String {
        "the file of spans \(path) can't be written: \(String(cString: strerror(errno))); make room, or name another one with tracing.file (--trace-file)"
    }
}
