import WeirCore

/// The version in front of every message, two bytes: major, minor.
///
/// Another major is refused by name, on both sides (``WireRefusal``). Within a major any minor is read: it may add kinds of messages,
/// which older builds refuse by name, and optional fields, which they skip (``ByteReader/fields(_:)``). So nodes whose minors differ work
/// together, and a cluster is upgraded node by node.
public struct ProtocolVersion: Sendable, Hashable, CustomStringConvertible {
    public let major: UInt8
    public let minor: UInt8

    /// What this build writes. See the article <doc:Protocol> on when to raise which number.
    public static let current = ProtocolVersion(major: 1, minor: 3)

    public var description: String { "\(major).\(minor)" }

    func encode(into writer: inout ByteWriter) {
        writer.byte(major)
        writer.byte(minor)
    }

    /// Reads the version, and throws when this build can't read what follows.
    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        let lead = try reader.byte()
        switch lead {
        case MessageLead.refusal:
            let refusal = try WireRefusal(afterLead: &reader)
            throw .refused(by: refusal.version.description, reason: refusal.reason)
        case MessageLead.sealed:
            throw .invalid(
                "the message is sealed with a cluster secret, and this node has none; give every node the same secret file, or none"
            )
        case MessageLead.proven:
            throw .invalid(
                "the message proves a role, and this node knows no secrets of roles; give it security.role_secrets, or the other side none"
            )
        case Self.current.major:
            self.init(major: lead, minor: try reader.byte())
        default:
            throw .version(found: Int(lead), supported: Int(Self.current.major))
        }
    }

    init(major: UInt8, minor: UInt8) {
        self.major = major
        self.minor = minor
    }
}
