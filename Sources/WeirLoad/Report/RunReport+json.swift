import Foundation

extension RunReport {
    /// The report as JSON, with names in snake case.
    public var json: Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("a report has finite numbers and texts alone")
        }
        return data
    }

    /// A text that is no report of this version.
    public struct ReadFailure: Error, Sendable, CustomStringConvertible {
        public var description: String
    }

    public init(json: [UInt8]) throws(ReadFailure) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            self = try decoder.decode(RunReport.self, from: Data(json))
        } catch {
            throw ReadFailure(description: "this is no report of weirload run --json: \(error)")
        }
        guard version == 1 else {
            throw ReadFailure(description: "a report of version \(version); this weirload reads version 1")
        }
    }
}
