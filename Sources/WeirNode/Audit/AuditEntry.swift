import WeirCore

/// One line of the audit log: somebody asked for something that changes the cluster.
struct AuditEntry: Sendable, Equatable {
    /// How far it is. What is carried out has two entries with the same correlation id.
    enum Outcome: String, Sendable {
        /// It is about to be carried out. Without a later entry its end is not known: the process ended, or the disk was full.
        case begun
        case done
        /// It was tried, and there is an error.
        case failed
        /// Who asked may not, or nobody could be made out.
        case refused
    }

    /// Longest text of a member in bytes; what is beyond is cut.
    static let textBytesMax = 512

    var time: WallTime
    var correlationID: UUID128
    /// `nng` or `http`.
    var via: String
    /// The name of the token, or what was proven on a control line.
    var who: String
    /// Its address.
    var peer: String
    /// What was asked for, in a word or two; `unknown` when it was not read, because nobody could be made out.
    var action: String
    /// To what.
    var subject: String
    var outcome: Outcome
    /// Why it was refused, or failed.
    var detail: String?

    /// - Parameters:
    ///   - node: that was asked.
    ///   - suppressed: refusals since the entry before that were too many to be told.
    func line(node: String, suppressed: Int) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("time", time.description)
            json.member("node", node)
            json.member("correlation_id", correlationID.description)
            json.member("via", via)
            json.member("who", Self.cut(who))
            json.member("peer", peer)
            json.member("action", action)
            json.member("subject", Self.cut(subject))
            json.member("outcome", outcome.rawValue)
            if let detail { json.member("detail", Self.cut(detail)) }
            if suppressed > 0 { json.member("suppressed", suppressed) }
        }
        return json.bytes + [0x0A]
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= textBytesMax ? text : String(decoding: text.utf8.prefix(textBytesMax), as: UTF8.self) + "…"
    }
}
