import Logging
import WeirCore

/// Tracing of one process: its file, and what its roles tell.
struct NodeTracing: Sendable {
    let file: SpanFile
    let tracer: EventTracer

    /// - Parameter node: the name under which its spans are found.
    /// - Returns: nil when tracing is off.
    init?(
        _ configuration: NodeConfiguration.Tracing,
        contract: Contract,
        node: String,
        metrics: NodeMetrics,
        log: Logger
    ) throws(SpanFileFailure) {
        guard let path = configuration.file else { return nil }
        file = try SpanFile(
            path: path,
            bytesMax: configuration.fileBytesMax,
            node: node,
            metrics: metrics,
            log: log.of(part: "tracing")
        )
        tracer = EventTracer(
            tracer: SpanRecorder(file: file),
            sampler: TraceSampler(ratio: configuration.ratio),
            contract: contract
        )
    }
}
