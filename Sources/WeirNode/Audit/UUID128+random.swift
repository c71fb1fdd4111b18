import WeirCore

extension UUID128 {
    /// A random one (version 4 of RFC 9562).
    static func random() -> UUID128 {
        UUID128(
            high: .random(in: 0 ... .max) & ~0xF000 | 0x4000,
            low: .random(in: 0 ... .max) & ~(0b11 << 62) | 0b10 << 62
        )
    }
}
