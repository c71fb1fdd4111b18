/// Which numbers of a session were used. Requests overtake each other, so that a number may come late, but each counts once (after the
/// anti-replay window of RFC 4303, 3.4.3).
struct ReplayWindow: Sendable {
    /// How far a number may lie behind the highest.
    static let span: UInt64 = 1024

    private var highest: UInt64 = 0
    /// A bit a number, by the number's remainder.
    private var used = [UInt64](repeating: 0, count: Int(span / 64))

    /// Takes a number. Returns whether it is used for the first time, as far as the window reaches; 0 is no number.
    ///
    /// - Complexity: O(1), and O(span) after a leap.
    mutating func admit(_ number: UInt64) -> Bool {
        guard number > 0, highest < Self.span || number > highest - Self.span else { return false }
        if number > highest {
            if number - highest >= Self.span {
                used = [UInt64](repeating: 0, count: used.count)
            } else {
                for skipped in (highest + 1)...number { self[skipped] = false }
            }
            highest = number
        }
        guard !self[number] else { return false }
        self[number] = true
        return true
    }

    private subscript(number: UInt64) -> Bool {
        get { used[Int(number % Self.span / 64)] & (1 << (number % 64)) != 0 }
        set {
            let bit: UInt64 = 1 << (number % 64)
            if newValue {
                used[Int(number % Self.span / 64)] |= bit
            } else {
                used[Int(number % Self.span / 64)] &= ~bit
            }
        }
    }
}
