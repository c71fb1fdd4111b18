/// The distinct texts of one dimension in one batch; an event refers to its text by code, the position here.
///
/// Lookup is by bytes through a small open-addressing table: O(1) expected, no allocation for a text already known. A
/// one-entry-per-slot table of at most 65,536 codes; batches are bounded well below that.
public struct KeyDictionary: Sendable, Equatable {
    /// The texts by code.
    public private(set) var keys: [String] = []
    /// ``XXHash64`` of each text's UTF-8 bytes, by code.
    public private(set) var hashes: [UInt64] = []
    /// Code + 1 by slot, 0 for empty; the number of slots is a power of two at least twice the number of keys.
    private var slots: [UInt32] = []

    public init() {}

    public var count: Int { keys.count }

    /// The code of a text, added if it is new. `bytes` must be valid UTF-8.
    public mutating func code(of bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let hash = XXHash64.hash(UnsafeRawBufferPointer(bytes))
        if slots.isEmpty { slots = [UInt32](repeating: 0, count: 16) }
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let code = Int(slots[slot] &- 1)
            if hashes[code] == hash, Self.equal(&keys[code], bytes) { return UInt32(code) }
            slot = (slot &+ 1) & mask
        }
        let code = UInt32(keys.count)
        keys.append(String(decoding: bytes, as: UTF8.self))
        hashes.append(hash)
        slots[slot] = code + 1
        if keys.count * 2 > slots.count { rehash() }
        return code
    }

    public var isEmpty: Bool { keys.isEmpty }

    /// The code of a text; nil if it is new. O(keys).
    public func code(known text: String) -> UInt32? {
        let hash = XXHash64.hash(text)
        return hashes.indices.first { hashes[$0] == hash && keys[$0].utf8.elementsEqual(text.utf8) }.map { UInt32($0) }
    }

    /// The code of a text, added if it is new.
    public mutating func code(of text: String) -> UInt32 {
        var text = text
        return text.withUTF8 { code(of: $0) }
    }

    /// Forgets all texts; or, when there are at most `limit`, keeps them for the next batch, whose texts are most often the same.
    public mutating func removeAll(keepingUpTo limit: Int) {
        if count > limit { removeAll() }
    }

    public mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
    }

    public static func == (left: KeyDictionary, right: KeyDictionary) -> Bool { left.keys == right.keys }

    private mutating func rehash() {
        let size = slots.count * 2
        slots = [UInt32](repeating: 0, count: size)
        for (code, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (size &- 1)
            while slots[slot] != 0 { slot = (slot &+ 1) & (size &- 1) }
            slots[slot] = UInt32(code) + 1
        }
    }

    /// Byte-wise equality. `String.==` would compare by canonical equivalence, and keys are bytes.
    private static func equal(_ key: inout String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        key.withUTF8 { stored in
            guard stored.count == bytes.count else { return false }
            for index in 0..<stored.count where stored[index] != bytes[index] { return false }
            return true
        }
    }
}
