import Tracing
import WeirCore

/// A span that has ended, as the OpenTelemetry protocol has it (opentelemetry-proto, trace/v1).
struct SpanRecord: Sendable {
    struct Link: Sendable {
        var traceID: UUID128
        var spanID: SpanID
        var attributes: SpanAttributes
    }

    var context: TraceContext
    var name: String
    var kind: SpanKind
    var beganAt: UInt64
    var endedAt: UInt64
    var attributes: SpanAttributes = [:]
    var links: [Link] = []
    var events: [SpanEvent] = []
    var status: SpanStatus?

    /// As the protocol's JSON form has it: ids in hexadecimal, 64-bit numbers as text.
    func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("traceId", context.traceID.hexadecimal)
            json.member("spanId", context.spanID.description)
            if let parent = context.parent { json.member("parentSpanId", parent.description) }
            json.member("flags", 1)
            json.member("name", name)
            json.member("kind", Self.number(of: kind))
            json.member("startTimeUnixNano", String(beganAt))
            json.member("endTimeUnixNano", String(endedAt))
            attributes.write(into: &json)
            if !events.isEmpty {
                json.key("events")
                json.array { json in
                    for event in events {
                        json.object { json in
                            json.member("timeUnixNano", String(event.nanosecondsSinceEpoch))
                            json.member("name", event.name)
                            event.attributes.write(into: &json)
                        }
                    }
                }
            }
            if !links.isEmpty {
                json.key("links")
                json.array { json in
                    for link in links {
                        json.object { json in
                            json.member("traceId", link.traceID.hexadecimal)
                            json.member("spanId", link.spanID.description)
                            link.attributes.write(into: &json)
                        }
                    }
                }
            }
            json.key("status")
            json.object { json in
                guard let status else { return }
                json.member("code", status.code == .ok ? 1 : 2)
                if let message = status.message { json.member("message", message) }
            }
        }
    }

    private static func number(of kind: SpanKind) -> Int {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}

extension SpanAttributes {
    /// The member `attributes`, if there are any.
    fileprivate func write(into json: inout JSONWriter) {
        guard !isEmpty else { return }
        var all: [(String, SpanAttribute)] = []
        forEach { all.append(($0, $1)) }
        json.key("attributes")
        json.array { json in
            for (key, value) in all.sorted(by: { $0.0 < $1.0 }) {
                json.object { json in
                    json.member("key", key)
                    json.key("value")
                    json.object { json in
                        switch value {
                        case .int32(let number): json.member("intValue", String(number))
                        case .int64(let number): json.member("intValue", String(number))
                        case .double(let number): json.member("doubleValue", number)
                        case .bool(let flag): json.member("boolValue", flag)
                        case .string(let text): json.member("stringValue", text)
                        case .stringConvertible(let value): json.member("stringValue", "\(value)")
                        default: json.member("stringValue", "\(value)")
                        }
                    }
                }
            }
        }
    }
}
