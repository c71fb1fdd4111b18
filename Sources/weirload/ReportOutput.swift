import Foundation
import WeirLoad

/// Writes a report to files.
enum ReportOutput {
    /// - Parameters:
    ///   - json: a file, or `-` for standard output.
    ///   - page: a file.
    static func write(_ report: RunReport, json: String?, page: String?) throws(OutputFailure) {
        if let json {
            try write(report.json + Data("\n".utf8), to: json)
        }
        if let page { try write(Data(ReportPage.html(report).utf8), to: page) }
    }

    /// - Parameter path: a file, or `-` for standard output.
    static func write(_ data: Data, to path: String) throws(OutputFailure) {
        if path == "-" {
            FileHandle.standardOutput.write(data)
            return
        }
        do {
            try data.write(to: URL(filePath: path))
        } catch {
            throw OutputFailure(path: path, reason: error.localizedDescription)
        }
    }
}

/// A file can't be written or read.
struct OutputFailure: Error, Sendable, CustomStringConvertible {
    var path: String
    var reason: String
    var description: String { "\(path): \(reason)" }
}
