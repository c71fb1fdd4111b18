import Foundation
import WeirCore

/// A file of refused lines: one JSON object a line with `line` (from 1), `reason`, `detail` and the text, or `bytes_base64` where it
/// is not UTF-8.
public final class QuarantineFile {
    private let file: UnsafeMutablePointer<FILE>
    private let path: String

    public init(path: String) throws {
        guard let file = fopen(path, "w") else { throw OutputError(path: path, code: errno) }
        self.file = file
        self.path = path
    }

    public func write(_ line: QuarantinedLine) throws {
        var json = JSONWriter()
        json.object { json in
            json.member("line", line.line)
            json.member("reason", line.reason.rawValue)
            json.member("detail", line.detail)
            if let text = String(validating: line.bytes, as: UTF8.self) {
                json.member("text", text)
            } else {
                json.member("bytes_base64", Data(line.bytes).base64EncodedString())
            }
        }
        let bytes = json.bytes + [0x0A]
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw OutputError(path: path, code: errno) }
    }

    public func close() throws {
        guard fclose(file) == 0 else { throw OutputError(path: path, code: errno) }
    }
}

/// An output that can't be written.
public struct OutputError: Error, CustomStringConvertible {
    public let path: String
    public let code: Int32

    public init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    public var description: String {
        "can't write \(path): \(String(cString: strerror(code))); check the directory, its permissions and free space"
    }
}
