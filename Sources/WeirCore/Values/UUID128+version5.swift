extension UUID128 {
    /// The UUID of a name within a namespace: version 5, RFC 9562 section 5.5. The same arguments give the same id everywhere.
    public init(namespace: UUID128, name: String) {
        var message: [UInt8] = []
        for word in [namespace.high, namespace.low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                message.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        message.append(contentsOf: name.utf8)
        let digest = SHA1.digest(message)
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in digest[0..<8] { high = high << 8 | UInt64(byte) }
        for byte in digest[8..<16] { low = low << 8 | UInt64(byte) }
        high = high & ~0xF000 | 0x5000
        low = low & ~(0b11 << 62) | 0b10 << 62
        self.init(high: high, low: low)
    }

    /// The namespace of names that are URLs, RFC 9562 section 6.6.
    public static let urlNamespace = UUID128(high: 0x6BA7_B811_9DAD_11D1, low: 0x80B4_00C0_4FD4_30C8)
}
