/// What the first byte of a message says. Never to be changed: every version of Weir, past and future, has to agree on it.
///
/// | byte | what follows |
/// |---|---|
/// | 0 | a ``WireRefusal``, which any version can read |
/// | 1…239 | a message; the byte is the major ``ProtocolVersion`` |
/// | 240…251 | not used |
/// | 252 | a message in an envelope that proves a role |
/// | 253 | a message behind its checksum (``CheckedMessage``) |
/// | 254 | a message in an envelope that proves knowledge of the cluster secret |
/// | 255 | a probe: the server sends it back as it is, without looking further |
public enum MessageLead {
    public static let refusal: UInt8 = 0
    public static let proven: UInt8 = 252
    public static let checked: UInt8 = 253
    public static let sealed: UInt8 = 254
    public static let probe: UInt8 = 255
}
