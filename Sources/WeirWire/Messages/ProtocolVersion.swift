import WeirCore

/// The version in front of every message. A message of a newer version is refused by name on both sides.
public enum ProtocolVersion: UInt8, Sendable {
    case one = 1

    public static let current = ProtocolVersion.one

    func encode(into writer: inout ByteWriter) {
        writer.byte(rawValue)
    }

    static func check(_ reader: inout ByteReader) throws(DecodingFailure) {
        let found = try reader.byte()
        guard found == current.rawValue else {
            throw .version(found: Int(found), supported: Int(current.rawValue))
        }
    }
}
