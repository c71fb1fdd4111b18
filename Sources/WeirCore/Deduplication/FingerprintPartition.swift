/// A 256th of a ``FingerprintTable``: keys of 56 bits with the slice of their event time in 8 bits, in 8 bytes.
///
/// Open addressing with linear probing. A key's place is its share of the range of keys, so that keys lie almost in order, and making
/// room is one pass through both old and new slots. Room is made at 13/16 of the slots, for 8/5 slots for each entry that is not
/// forgotten: 9.9 to 12.8 bytes an entry.
struct FingerprintPartition: Sendable {
    /// Key in the upper 56 bits, time code below; 0 for empty.
    private var slots: [UInt64] = []
    /// Entries, forgotten ones included.
    private(set) var count = 0
    /// Entries at which room is made.
    private var countMax = 0
    /// The slice with the time code 1.
    private var base: Int64 = 0
    /// Slices of the few entries whose distance from ``base`` has no code.
    private var outliers: [UInt64: Int64] = [:]

    /// Time codes 1…254 are slices from ``base`` on; this one says that the slice is among the outliers.
    private static let outlier: UInt64 = 255
    private static let codeMask: UInt64 = 0xFF
    private static let slotsMin = 16
    /// Entries up to which room is made for three times as many: a small table grows in few steps, and its bytes matter little.
    private static let smallMax = 512
    /// Slices before the first event that have a code too.
    private static let slicesBefore: Int64 = 96
    /// The base follows the horizon when it is that many slices behind, so that there are codes for what is ahead of it.
    private static let slicesBehindMax: Int64 = 127

    /// - Parameters:
    ///   - key: not 0; its lower 8 bits are.
    ///   - horizon: entries of earlier slices are forgotten; `Int64.min` for none.
    @inline(__always)
    mutating func insert(_ key: UInt64, slice: Int64, horizon: Int64) -> Bool {
        if count >= countMax || (horizon != .min && horizon &- base > Self.slicesBehindMax) {
            makeRoom(slice: slice, horizon: horizon)
        }
        var isNew = true
        let open = slots.withUnsafeMutableBufferPointer { slots -> Int in
            var slot = Self.home(key, slots.count)
            while true {
                let entry = slots[slot]
                if entry == 0 {
                    let code = slice &- base &+ 1
                    guard code >= 1, code < Self.outlier else { return slot }
                    slots[slot] = key | UInt64(truncatingIfNeeded: code)
                    count &+= 1
                    return -1
                }
                if entry & ~Self.codeMask == key {
                    if horizon == .min {
                        isNew = false
                        return -1
                    }
                    return slot
                }
                slot &+= 1
                if slot == slots.count { slot = 0 }
            }
        }
        return open < 0 ? isNew : settle(key, slice, horizon, in: open)
    }

    /// The rare ends of an insertion: a known key, which may be forgotten, or a slice without a code.
    private mutating func settle(_ key: UInt64, _ slice: Int64, _ horizon: Int64, in slot: Int) -> Bool {
        if slots[slot] == 0 {
            count += 1
        } else {
            guard self.slice(of: slots[slot]) < horizon else { return false }
        }
        slots[slot] = key | code(key, slice)
        return true
    }

    func contains(_ key: UInt64, horizon: Int64) -> Bool {
        guard !slots.isEmpty else { return false }
        var slot = Self.home(key, slots.count)
        while slots[slot] != 0 {
            if slots[slot] & ~Self.codeMask == key { return slice(of: slots[slot]) >= horizon }
            slot = slot + 1 == slots.count ? 0 : slot + 1
        }
        return false
    }

    /// What stands at the place of a key.
    @inline(__always)
    func read(_ key: UInt64) -> UInt64 { slots.isEmpty ? 0 : slots[Self.home(key, slots.count)] }

    var byteCount: Int { slots.count * 8 + outliers.count * 32 + MemoryLayout<Self>.size }

    @inline(__always)
    private static func home(_ key: UInt64, _ count: Int) -> Int {
        Int(truncatingIfNeeded: key.multipliedFullWidth(by: UInt64(truncatingIfNeeded: count)).high)
    }

    private func slice(of entry: UInt64) -> Int64 {
        let code = entry & Self.codeMask
        return code == Self.outlier ? outliers[entry & ~Self.codeMask]! : base + Int64(code) - 1
    }

    /// The code of a slice, which is noted when it has none.
    private mutating func code(_ key: UInt64, _ slice: Int64) -> UInt64 {
        let code = slice.subtractingReportingOverflow(base)
        if !code.overflow, code.partialValue >= 0, code.partialValue < Int64(Self.outlier) - 1 {
            return UInt64(code.partialValue) + 1
        }
        outliers[key] = slice
        return Self.outlier
    }

    /// Drops what is forgotten, moves the base to the horizon and gives the rest room. Two passes over the old slots, and one over
    /// the new ones beside it. O(slots).
    private mutating func makeRoom(slice: Int64, horizon: Int64) {
        if slots.isEmpty { base = slice &- Self.slicesBefore }
        // Codes up to here are forgotten; the others fall by as much.
        var shift: UInt64 = 0
        if horizon != .min, horizon > base {
            shift = UInt64(min(horizon.subtractingReportingOverflow(base).partialValue.magnitude, Self.outlier))
            base = horizon
        }
        var kept = count
        if shift > 0 {
            outliers = outliers.filter { $0.value >= horizon }
            kept = 0
            for entry in slots where isKept(entry, after: shift) { kept += 1 }
        }
        let size = max(Self.slotsMin, kept < Self.smallMax ? kept * 3 : (kept * 8 + 4) / 5)
        var larger = [UInt64](repeating: 0, count: size)
        larger.withUnsafeMutableBufferPointer { larger in
            for entry in slots where entry != 0 {
                var moved = entry
                if shift > 0 {
                    guard isKept(entry, after: shift) else { continue }
                    // An outlier keeps its code, though it may have come into the range of codes.
                    if entry & Self.codeMask != Self.outlier { moved = entry &- shift }
                }
                var slot = Self.home(moved & ~Self.codeMask, size)
                while larger[slot] != 0 { slot = slot &+ 1 == size ? 0 : slot &+ 1 }
                larger[slot] = moved
            }
        }
        slots = larger
        count = kept
        countMax = size * 13 / 16
    }

    private func isKept(_ entry: UInt64, after shift: UInt64) -> Bool {
        let code = entry & Self.codeMask
        return code == Self.outlier ? outliers[entry & ~Self.codeMask] != nil : code > shift
    }
}
