import Foundation
import NNG
import WeirCore
import WeirStorage
import WeirWire

/// The events of journals, frame by frame; of several journals in the order in which their frames were received, so that none is far
/// ahead of the others.
public struct JournalReplay: ReplayReader {
    /// From where a journal reaches back.
    public struct Reach: Sendable, Hashable {
        public var directory: String
        public var bytes: Int
        /// The first frame that is there; 1 when nothing was trimmed.
        public var first: UInt64
        /// Newest event time of what was trimmed; nil when nothing was.
        public var newestTrimmed: EventTime?

        public var description: String {
            guard first > 1 else { return "\(directory): from its first frame on, \(bytes) bytes" }
            let until = newestTrimmed.map { ", with events up to \($0)" } ?? ""
            return
                "\(directory): from frame \(first) on, \(bytes) bytes; what came before\(until) was trimmed, and is not there"
        }
    }

    private var journals: [JournalFrames]
    private let choice: ReplayChoice
    /// Units with events go by the time at which their frames were received.
    private var heads: [JournalFrames.Head?]

    /// - Parameter directories: each a journal, or a data directory that has one.
    public init(_ directories: [String], _ choice: ReplayChoice) throws {
        OpenFileLimit.raise()
        journals = try directories.map { try JournalFrames(Self.journal(of: $0)) }
        heads = journals.map { _ in nil }
        self.choice = choice
    }

    private static func journal(of directory: String) -> String {
        let path = URL(fileURLWithPath: directory).standardizedFileURL.path
        var isDirectory: ObjCBool = false
        let inner = path + "/journal"
        return FileManager.default.fileExists(atPath: inner, isDirectory: &isDirectory) && isDirectory.boolValue
            ? inner : path
    }

    public var reaches: [Reach] { journals.map(\.reach) }
    public var size: Int? { journals.reduce(0) { $0 + $1.reach.bytes } }
    public var tornBytes: Int { journals.reduce(0) { $0 + $1.reader.tornBytes } }

    public mutating func resume(at positions: ReplayPositions) throws {
        for index in journals.indices {
            guard let next = positions[journals[index].reach.directory] else { continue }
            journals[index].skip(before: FrameSequence(next))
        }
    }

    public mutating func next() throws -> ReplayUnit? {
        for index in journals.indices where heads[index] == nil { heads[index] = try journals[index].next() }
        let order = heads.indices.filter { heads[$0] != nil }
        guard let index = order.min(by: { heads[$0]!.receivedAt < heads[$1]!.receivedAt }), let head = heads[index]
        else {
            return nil
        }
        heads[index] = nil
        var unit = journals[index].unit(head, choice)
        unit.bytesRead = journals.reduce(0) { $0 + $1.reader.bytesRead }
        return unit
    }
}
