import Foundation
import Logging
import WeirCore

extension QuarantinedLine {
    /// What the log says of a request with refused lines, of which this is the first.
    func metadata(source: String, count: Int) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "source": "\(source)", "lines": "\(count)", "reason": "\(reason.rawValue)", "detail": "\(detail)",
        ]
        for (key, value) in ids { metadata[key] = "\(value)" }
        return metadata
    }

    /// The ids that it names, as far as it can be read at all.
    private var ids: [String: String] {
        guard bytes.count <= Self.readBytesMax,
            let line = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        else { return [:] }
        let event = line["payload"] as? [String: Any] ?? line
        var ids: [String: String] = [:]
        for key in ["event_id", "correlation_id", "workflow_id"] {
            if let id = event[key] as? String ?? line[key] as? String { ids[key] = String(id.prefix(Self.idMax)) }
        }
        return ids
    }

    /// Longer lines are not searched for ids.
    private static let readBytesMax = 64 << 10
    /// Characters of an id, which may be anything.
    private static let idMax = 64
}
