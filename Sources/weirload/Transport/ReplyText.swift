import Foundation

/// The answer of an ingest: `{"accepted":n,"quarantined":n,"seq":n}`, or an error with a reason.
enum ReplyText {
    static func read(_ bytes: [UInt8]) throws(SendFailure) -> Acknowledgement {
        if let quick = readAccepted(bytes) { return quick }
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(bytes)) else {
            let text = String(decoding: bytes.prefix(120), as: UTF8.self)
            throw SendFailure(kind: .answer, reason: "'\(text)' is no answer of an ingest: check the URL")
        }
        if let accepted = reply.accepted {
            return Acknowledgement(accepted: accepted, quarantined: reply.quarantined ?? 0)
        }
        throw SendFailure(
            kind: reply.error == "retry" ? .retry : .rejected,
            reason: reply.reason ?? "an answer without a reason"
        )
    }

    /// What a problem document (RFC 9457) says, or the begin of another body.
    static func problem(_ bytes: [UInt8]) -> String {
        if let problem = try? JSONDecoder().decode(Problem.self, from: Data(bytes)) { return problem.detail }
        return "'\(String(decoding: bytes.prefix(120), as: UTF8.self))'"
    }

    private struct Problem: Decodable {
        var detail: String
    }

    private struct Reply: Decodable {
        var accepted: Int?
        var quarantined: Int?
        var error: String?
        var reason: String?
    }

    /// The usual answer, without a decoder: it comes thousands of times a second.
    private static func readAccepted(_ bytes: [UInt8]) -> Acknowledgement? {
        let head = Array(#"{"accepted":"#.utf8)
        let middle = Array(#","quarantined":"#.utf8)
        var rest = bytes[...]
        func number() -> Int? {
            let digits = rest.prefix { $0 &- 0x30 < 10 }
            guard (1...15).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        guard rest.starts(with: head) else { return nil }
        rest = rest.dropFirst(head.count)
        guard let accepted = number(), rest.starts(with: middle) else { return nil }
        rest = rest.dropFirst(middle.count)
        guard let quarantined = number() else { return nil }
        return Acknowledgement(accepted: accepted, quarantined: quarantined)
    }
}
