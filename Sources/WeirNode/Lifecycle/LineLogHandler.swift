import Foundation
import Logging
import WeirCore

/// Logs to standard error: one JSON object a line for machines, or one line of text for people.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel: Logger.Level
    private let label: String
    private let format: NodeConfiguration.Log.Format

    public init(label: String, configuration: NodeConfiguration.Log) {
        self.label = label
        format = configuration.format
        logLevel = Logger.Level(rawValue: configuration.level.rawValue) ?? .info
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
            .sorted { $0.key < $1.key }
        var line: [UInt8]
        switch format {
        case .json:
            var json = JSONWriter()
            json.object { json in
                json.member("time", WallTime.now.description)
                json.member("level", event.level.rawValue)
                json.member("logger", label)
                json.member("message", event.message.description)
                for (key, value) in all { json.member(key, value.description) }
            }
            line = json.bytes
        case .text:
            let details = all.map { " \($0.key)=\(Self.quoted($0.value.description))" }.joined()
            line = Array(
                "\(WallTime.now) \(event.level.rawValue.uppercased()) \(label): \(event.message)\(details)".utf8
            )
        }
        line.append(0x0A)
        // One write a line, so that lines of several threads stay whole. A log that can't be written has nowhere to be reported.
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress!, $0.count) }
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { $0 == " " || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacingOccurrences(of: "\"", with: "\\\"").replacingOccurrences(of: "\n", with: "\\n")
            + "\""
    }
}
