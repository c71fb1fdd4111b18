import Foundation
import WeirCore

/// How far a replay is: what it reads next of each of its sources, as a frame's sequence, a byte of a file, or an offset of a partition.
public struct ReplayPositions: Sendable, Hashable {
    public private(set) var next: [String: UInt64]

    public init(_ next: [String: UInt64] = [:]) {
        self.next = next
    }

    public subscript(_ source: String) -> UInt64? { next[source] }

    /// Takes over what another has.
    mutating func advance(by other: ReplayPositions) {
        next.merge(other.next) { $1 }
    }
}

extension ReplayPositions {
    private static let formatVersion = 1

    private struct Text: Codable {
        var version: Int
        var next: [String: UInt64]
    }

    /// Reads a file of positions; none when it does not exist.
    public init(file path: String) throws(ReplayFailure) {
        guard FileManager.default.fileExists(atPath: path) else {
            self.init()
            return
        }
        do {
            let text = try JSONDecoder().decode(Text.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
            guard text.version == Self.formatVersion else {
                throw ReplayFailure.state(path: path, "it is of version \(text.version), and this program knows 1")
            }
            self.init(text.next)
        } catch {
            throw error as? ReplayFailure ?? .state(path: path, "\(error)")
        }
    }

    /// Writes a file of positions in place of an earlier one, whole or not at all.
    public func write(to path: String) throws(ReplayFailure) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try encoder.encode(Text(version: Self.formatVersion, next: next)).write(
                to: URL(fileURLWithPath: path),
                options: .atomic
            )
        } catch {
            throw .state(path: path, "\(error)")
        }
    }
}
