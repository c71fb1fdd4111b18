import Foundation
import Testing
import WeirTestSupport

/// Records in their topic.
enum KafkaRecords {
    static let topic = "dev.codegen.metrics_recorded.v1"

    /// The newest revision of each window, one a line, as a reader of the topic keeps them.
    static func newest(in messages: [KafkaMock.Message]) throws -> String {
        var newest: [String: (revision: Int, record: String)] = [:]
        for message in messages {
            let json = try JSONSerialization.jsonObject(with: Data(message.value.utf8)) as? [String: Any]
            let revision = try #require(json?["revision"] as? Int)
            let window = "\(json?["window_type"] ?? "") \(json?["window_start"] ?? "")"
            if newest[window].map({ $0.revision <= revision }) ?? true { newest[window] = (revision, message.value) }
        }
        return newest.values.map { $0.record + "\n" }.joined()
    }
}
