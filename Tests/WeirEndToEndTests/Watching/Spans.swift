import Foundation

/// Spans in files of OTLP/JSON lines.
struct Spans {
    struct Span {
        var trace: String
        var id: String
        var parent: String?
        var name: String
        /// What the span's process is called.
        var node: String
        var attributes: [String: String]
        var links: [(trace: String, id: String)]
        var began: UInt64
        var ended: UInt64
    }

    let all: [Span]

    init(files: [String]) throws {
        var all: [Span] = []
        for file in files {
            for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
                let line = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                for resource in Self.list(line?["resourceSpans"]) {
                    let names = Self.attributes((resource["resource"] as? [String: Any]) ?? [:])
                    for scope in Self.list(resource["scopeSpans"]) {
                        all += Self.list(scope["spans"]).map { Self.span($0, node: names["service.instance.id"] ?? "") }
                    }
                }
            }
        }
        self.all = all
    }

    func named(_ name: String, in trace: String) -> [Span] { all.filter { $0.name == name && $0.trace == trace } }

    private static func list(_ value: Any?) -> [[String: Any]] { value as? [[String: Any]] ?? [] }

    private static func span(_ span: [String: Any], node: String) -> Span {
        Span(
            trace: span["traceId"] as? String ?? "",
            id: span["spanId"] as? String ?? "",
            parent: span["parentSpanId"] as? String,
            name: span["name"] as? String ?? "",
            node: node,
            attributes: attributes(span),
            links: list(span["links"]).map { ($0["traceId"] as? String ?? "", $0["spanId"] as? String ?? "") },
            began: UInt64(span["startTimeUnixNano"] as? String ?? "") ?? 0,
            ended: UInt64(span["endTimeUnixNano"] as? String ?? "") ?? 0
        )
    }

    private static func attributes(_ holder: [String: Any]) -> [String: String] {
        list(holder["attributes"]).reduce(into: [:]) { all, pair in
            let value = pair["value"] as? [String: Any]
            all[pair["key"] as? String ?? ""] =
                value?["stringValue"] as? String ?? value?["intValue"] as? String ?? "?"
        }
    }
}
