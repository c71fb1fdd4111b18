/// Random numbers of a seed, and mutations of bytes with them.
///
/// Source of the generator: S. Vigna, `splitmix64.c`.
struct FuzzRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Below a bound ≥ 1.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Bytes that mean something to one of the formats.
    private static let tokens: [[UInt8]] =
        [
            "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u0000", "\\ud800", "null", "true", "-0", "1e999", "0.5", "\n",
            "\r\n", "\"event_id\"", "\"timestamp\"", "\"payload\":{",
        ].map { Array($0.utf8) } + [
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0xFF], [0x80], [0x7F], [0], [0xC3, 0x28],
            [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBB, 0xBF],
        ]

    /// Changes bytes in one to four places.
    mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0...below(4) {
            let at = below(bytes.count + 1)
            switch below(6) {
            case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8(below(8))
            case 1 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: next())
            case 2 where at < bytes.count: bytes.removeSubrange(at..<min(bytes.count, at + 1 + below(16)))
            case 3: bytes.removeLast(bytes.count - at)
            case 4:
                let from = below(bytes.count + 1)
                bytes.insert(contentsOf: Array(bytes[from..<min(bytes.count, from + below(24))]), at: at)
            default: bytes.insert(contentsOf: Self.tokens[below(Self.tokens.count)], at: at)
            }
        }
    }
}
