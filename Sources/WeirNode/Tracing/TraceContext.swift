import Tracing
import WeirCore

/// Where a span stands: in which trace, under which id, below which other.
///
/// The id of a trace is the correlation id of what goes the path: of an event up to its commit, of a window from its closing on.
struct TraceContext: Sendable, Hashable {
    var traceID: UUID128
    var spanID: SpanID
    var parent: SpanID?

    /// As W3C Trace Context writes it: `00-TRACE-SPAN-01`.
    var traceparent: String { "00-\(traceID.hexadecimal)-\(spanID)-01" }
}

extension TraceContext {
    /// A context with nothing else in it.
    var instrumentation: InstrumentationContext {
        var context = InstrumentationContext.topLevel
        context.trace = self
        return context
    }
}

extension InstrumentationContext {
    private enum TraceKey: InstrumentationContextKey {
        typealias Value = TraceContext
        static var nameOverride: String? { "weir-trace" }
    }

    var trace: TraceContext? {
        get { self[TraceKey.self] }
        set { self[TraceKey.self] = newValue }
    }
}
