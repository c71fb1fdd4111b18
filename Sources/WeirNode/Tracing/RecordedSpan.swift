import Synchronization
import Tracing

/// A span under way, which becomes a ``SpanRecord`` when it ends.
final class RecordedSpan: Span {
    let context: InstrumentationContext
    private let state: Mutex<SpanRecord>
    private let hasEnded = Mutex(false)
    private let end: @Sendable (SpanRecord) -> Void

    init(_ record: SpanRecord, in context: InstrumentationContext, end: @escaping @Sendable (SpanRecord) -> Void) {
        self.context = context
        state = Mutex(record)
        self.end = end
    }

    var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { state.withLock { $0.attributes = newValue } }
    }

    var isRecording: Bool { hasEnded.withLock { !$0 } }

    func setStatus(_ status: SpanStatus) { state.withLock { $0.status = status } }

    func addEvent(_ event: SpanEvent) { state.withLock { $0.events.append(event) } }

    func recordError<Instant: TracerInstant>(
        _ error: any Error,
        attributes: SpanAttributes,
        at instant: @autoclosure () -> Instant
    ) {
        var attributes = attributes
        attributes["exception.message"] = "\(error)"
        let event = SpanEvent(name: "exception", at: instant(), attributes: attributes)
        state.withLock { $0.events.append(event) }
    }

    func addLink(_ link: SpanLink) {
        guard let trace = link.context.trace else { return }
        state.withLock {
            $0.links.append(
                SpanRecord.Link(traceID: trace.traceID, spanID: trace.spanID, attributes: link.attributes)
            )
        }
    }

    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let isFirst = hasEnded.withLock { ended in
            defer { ended = true }
            return !ended
        }
        guard isFirst else { return }
        let moment = instant().nanosecondsSinceEpoch
        end(
            state.withLock { record in
                record.endedAt = max(record.beganAt, moment)
                return record
            }
        )
    }
}
