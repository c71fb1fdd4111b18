import Tracing
import WeirCore

/// A tracer whose spans go to a ``SpanFile``, under the ids that their context says.
struct SpanRecorder: Tracer {
    let file: SpanFile

    func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> InstrumentationContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> RecordedSpan {
        var context = context()
        let trace =
            context.trace
            ?? TraceContext(
                traceID: UUID128(high: .random(in: 1 ... .max), low: .random(in: 0 ... .max)),
                spanID: SpanID(random: .random(in: 1 ... .max))
            )
        context.trace = trace
        let began = instant().nanosecondsSinceEpoch
        let record = SpanRecord(context: trace, name: operationName, kind: kind, beganAt: began, endedAt: began)
        return RecordedSpan(record, in: context) { [file] in file.add($0) }
    }

    func forceFlush() {}

    /// W3C Trace Context.
    func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Carrier == Inject.Carrier {
        guard let trace = context.trace else { return }
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
    }

    /// Traces begin here: what a producer says of its own is not taken over, as a trace is known by the correlation id of its event.
    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout InstrumentationContext,
        using extractor: Extract
    ) where Carrier == Extract.Carrier {}
}
