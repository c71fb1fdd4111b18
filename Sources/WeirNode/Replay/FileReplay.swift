import Foundation
import WeirCore

/// The events of files of lines, one file after the other.
public struct FileReplay: ReplayReader {
    private struct Input {
        var path: String
        var chunks: LineChunks
    }

    private var inputs: ArraySlice<Input>
    private let selector: LineSelector.Box
    private var bytesDone = 0
    public let size: Int?

    /// Bytes that are read at a time, unless a line is longer.
    private static let chunkBytes = 256 << 10

    /// - Parameter paths: files, or `-` for standard input.
    public init(_ paths: [String], _ choice: ReplayChoice) throws(InputError) {
        var inputs: [Input] = []
        for path in paths {
            let name = path == "-" ? path : URL(fileURLWithPath: path).standardizedFileURL.path
            inputs.append(Input(path: name, chunks: try LineChunks(path: path, chunkBytes: Self.chunkBytes)))
        }
        self.inputs = inputs[...]
        selector = LineSelector.Box(choice)
        let sizes = inputs.compactMap(\.chunks.size)
        size = sizes.count == inputs.count ? sizes.reduce(0, +) : nil
    }

    public mutating func resume(at positions: ReplayPositions) throws {
        for input in inputs {
            guard let next = positions[input.path] else { continue }
            guard let bytes = Int(exactly: next), input.chunks.skip(bytes) else {
                throw ReplayFailure.source(
                    input.path,
                    "the earlier run was \(next) bytes far, and it is shorter now, or no file; remove --state to send it from its beginning"
                )
            }
        }
    }

    public mutating func next() throws -> ReplayUnit? {
        while let input = inputs.first {
            guard let chunk = try input.chunks.next() else {
                bytesDone += input.chunks.offset
                inputs.removeFirst()
                continue
            }
            var unit = ReplayUnit(place: input.path)
            selector.lines.take(chunk.bytes, into: &unit)
            if input.chunks.size != nil {
                // A last line without its end may be one that is still written: the next run reads it again.
                let open = chunk.bytes.reversed().prefix { $0 != 0x0A }.count
                unit.positions = ReplayPositions([input.path: UInt64(input.chunks.offset - open)])
            }
            unit.bytesRead = bytesDone + input.chunks.offset
            return unit
        }
        return nil
    }
}
