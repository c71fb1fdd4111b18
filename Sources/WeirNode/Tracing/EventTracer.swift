import Tracing
import WeirCore
import WeirWire

/// What roles tell of traced events, as spans.
///
/// The path of an event is one trace, whose id is its correlation id; the path of a window is another, whose id is the window's
/// correlation id, as many events meet there. The last span of the first links to the first of the second. Ids of spans are computed from
/// what both sides know, so nothing of this travels.
struct EventTracer: Sendable {
    let tracer: any Tracer
    let sampler: TraceSampler
    let contract: Contract

    // MARK: Ingest

    /// The moments of a request at an ingest.
    struct Reception: Sendable {
        var beganAt: WallTime
        var parsedAt: WallTime
        var appendedAt: WallTime
        var syncedAt: WallTime
        var endedAt: WallTime
    }

    /// A request was acknowledged.
    func received(_ events: [TracedEvent], by ingest: NodeName, as frame: FrameSequence, _ moments: Reception) {
        for event in events {
            let root = Self.reception(of: event, by: ingest, as: frame)
            var attributes = Self.attributes(of: event)
            attributes["weir.node"] = ingest.text
            attributes["weir.frame"] = Int64(frame.value)
            span(.receive, root, .server, moments.beganAt, moments.endedAt, attributes)
            for (step, from, to) in [
                (TraceStep.parse, moments.beganAt, moments.parsedAt),
                (.gather, moments.parsedAt, moments.appendedAt),
                (.journal, moments.appendedAt, moments.syncedAt),
                (.acknowledge, moments.syncedAt, moments.endedAt),
            ] {
                let id = SpanID(step, of: event.id, at: root.spanID.value)
                span(
                    step,
                    TraceContext(traceID: event.correlationID, spanID: id, parent: root.spanID),
                    .internal,
                    from,
                    to,
                    ["weir.node": ingest.text]
                )
            }
        }
    }

    private static func reception(
        of event: TracedEvent,
        by ingest: NodeName,
        as frame: FrameSequence
    ) -> TraceContext {
        let place = XXHash64.hash(XXHash64.hash(ingest.text), frame.value)
        return TraceContext(traceID: event.correlationID, spanID: SpanID(.receive, of: event.id, at: place))
    }

    // MARK: Worker

    /// A traced event on its way through a worker.
    struct Application: Sendable {
        var event: TracedEvent
        var ingest: NodeName
        var frame: FrameSequence
    }

    /// The traced events of a delivery. What can't be decoded is the machine's to quarantine.
    func applications(in delivery: Delivery) -> [Application] {
        delivery.parts.flatMap { part -> [Application] in
            guard let decoded = try? FramePart(decoding: part.bytes) else { return [] }
            return sampler.events(in: decoded.columns).map {
                Application(event: $0, ingest: delivery.ingest, frame: part.sequence)
            }
        }
    }

    func applied(
        _ applications: [Application],
        by worker: NodeName,
        _ epoch: Epoch,
        from beganAt: WallTime,
        to endedAt: WallTime
    ) {
        for application in applications {
            var attributes = Self.attributes(of: application.event)
            attributes["weir.node"] = worker.text
            attributes["weir.epoch"] = Int64(epoch.value)
            attributes["weir.ingest"] = application.ingest.text
            attributes["weir.frame"] = Int64(application.frame.value)
            span(
                .apply,
                Self.context(of: application, by: worker, epoch),
                .consumer,
                beganAt,
                endedAt,
                attributes
            )
        }
    }

    private static func context(of application: Application, by worker: NodeName, _ epoch: Epoch) -> TraceContext {
        let above = reception(of: application.event, by: application.ingest, as: application.frame).spanID
        let place = XXHash64.hash(XXHash64.hash(worker.text) ^ epoch.value, above.value)
        return TraceContext(
            traceID: application.event.correlationID,
            spanID: SpanID(.apply, of: application.event.id, at: place),
            parent: above
        )
    }

    /// A commit with these events is in the store.
    func committed(
        _ applications: [Application],
        by worker: NodeName,
        _ epoch: Epoch,
        _ number: CommitNumber,
        from beganAt: WallTime,
        to endedAt: WallTime
    ) {
        for application in applications {
            let above = Self.context(of: application, by: worker, epoch).spanID
            let id = SpanID(.commit, of: application.event.id, at: XXHash64.hash(above.value, number.value))
            let links = contract.windows.types.map { type in
                let window = contract.windows.layout.window(type, holding: application.event.time)
                let ids = IntentIDs(contract: contract, window: window, revision: 0)
                return SpanLink(
                    context: Self.closing(ids).instrumentation,
                    attributes: SpanAttributes([
                        "weir.window.type": type.name, "weir.window.start": window.start.description,
                        "weir.window.correlation_id": ids.correlation.description,
                    ])
                )
            }
            span(
                .commit,
                TraceContext(traceID: application.event.correlationID, spanID: id, parent: above),
                .client,
                beganAt,
                endedAt,
                [
                    "weir.node": worker.text, "weir.epoch": Int64(epoch.value),
                    "weir.commit": Int64(bitPattern: number.value),
                ],
                links: links
            )
        }
    }

    // MARK: Coordinator

    func closed(
        _ window: Window,
        revision: Int,
        events: Int,
        _ epoch: Epoch,
        from beganAt: WallTime,
        to endedAt: WallTime
    ) {
        let ids = IntentIDs(contract: contract, window: window, revision: revision)
        span(
            .close,
            Self.closing(ids),
            .producer,
            beganAt,
            endedAt,
            [
                "weir.window.type": window.type.name, "weir.window.start": window.start.description,
                "weir.window.revision": Int64(revision), "weir.window.events": Int64(events),
                "weir.correlation_id": ids.correlation.description, "weir.intent_id": ids.intent.description,
                "weir.epoch": Int64(epoch.value),
            ]
        )
    }

    private static func closing(_ ids: IntentIDs) -> TraceContext {
        TraceContext(traceID: ids.correlation, spanID: SpanID(.close, of: ids.intent))
    }

    // MARK: Executor

    /// What became of an attempt to carry out an intent.
    struct Attempt: Sendable {
        var beganAt: WallTime
        var endedAt: WallTime
        /// By sink, in order, with when it was done; the last one may have failed.
        var sinks: [(name: String, endedAt: WallTime)] = []
        var failure: String?
    }

    func published(_ intent: LeasedIntent, by executor: NodeName, _ attempt: Attempt) {
        let id = SpanID(
            .publish,
            of: intent.id,
            at: XXHash64.hash(XXHash64.hash(executor.text), UInt64(intent.attempt))
        )
        let context = TraceContext(
            traceID: intent.correlationID,
            spanID: id,
            parent: SpanID(.close, of: intent.id)
        )
        let failure = attempt.failure.map { SpanStatus(code: .error, message: $0) }
        span(
            .publish,
            context,
            .consumer,
            attempt.beganAt,
            attempt.endedAt,
            [
                "weir.node": executor.text, "weir.correlation_id": intent.correlationID.description,
                "weir.intent_id": intent.id.description, "weir.attempt": Int64(intent.attempt),
                "weir.topic": intent.topic,
            ],
            status: failure
        )
        var beganAt = attempt.beganAt
        for (number, sink) in attempt.sinks.enumerated() {
            span(
                .sink,
                TraceContext(
                    traceID: intent.correlationID,
                    spanID: SpanID(.sink, of: intent.id, at: XXHash64.hash(id.value, UInt64(number))),
                    parent: id
                ),
                .client,
                beganAt,
                sink.endedAt,
                ["weir.sink": sink.name],
                status: number == attempt.sinks.count - 1 ? failure : nil
            )
            beganAt = sink.endedAt
        }
    }

    // MARK: Spans

    fileprivate typealias Attributes = [String: any SpanAttributeConvertible]

    private static func attributes(of event: TracedEvent) -> Attributes {
        [
            "weir.correlation_id": event.correlationID.description, "weir.event_id": event.id.description,
            "weir.workflow_id": event.workflowID.description, "weir.event_type": event.kind?.name ?? "",
            "weir.event_time": event.time.description,
        ]
    }

    private func span(
        _ step: TraceStep,
        _ context: TraceContext,
        _ kind: SpanKind,
        _ beganAt: WallTime,
        _ endedAt: WallTime,
        _ attributes: Attributes,
        links: [SpanLink] = [],
        status: SpanStatus? = nil
    ) {
        let span = tracer.startSpan(
            step.rawValue,
            context: context.instrumentation,
            ofKind: kind,
            at: TraceInstant(beganAt)
        )
        span.attributes = SpanAttributes(attributes)
        for link in links { span.addLink(link) }
        if let status { span.setStatus(status) }
        span.end(at: TraceInstant(endedAt))
    }
}

extension SpanAttributes {
    fileprivate init(_ values: [String: any SpanAttributeConvertible]) {
        self = [:]
        for (key, value) in values { self[key] = value }
    }
}

/// A moment of the wall clock, as tracers want it.
private struct TraceInstant: TracerInstant {
    let nanosecondsSinceEpoch: UInt64

    init(_ time: WallTime) { nanosecondsSinceEpoch = UInt64(max(0, time.microseconds)) * 1000 }

    static func < (left: Self, right: Self) -> Bool { left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch }
}
