import WeirCore

/// Names a session that a server handed out, and proves to that server that it did.
struct SessionToken: Sendable, Hashable {
    static let bytesCount = 24

    /// 1, 2, … in one life of the server; 0 in ``none``.
    var issue: UInt64
    /// The server's own code of the issue.
    var mark: [UInt8]

    static let markBytes = 16
    /// Of who has no session yet, and asks for one.
    static let none = SessionToken(issue: 0, mark: [UInt8](repeating: 0, count: markBytes))

    init(issue: UInt64, mark: [UInt8]) {
        self.issue = issue
        self.mark = mark
    }

    /// - Parameter bytes: ``bytesCount`` of them.
    init(bytes: ArraySlice<UInt8>) {
        precondition(bytes.count == Self.bytesCount, "a session is named by \(Self.bytesCount) bytes")
        issue = UInt64(littleEndianBytes: bytes.prefix(8))
        mark = Array(bytes.dropFirst(8))
    }

    var bytes: [UInt8] { issue.littleEndianBytes + mark }
}

extension UInt64 {
    init(littleEndianBytes bytes: ArraySlice<UInt8>) {
        self = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    var littleEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}
