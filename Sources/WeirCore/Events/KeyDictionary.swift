/// The distinct texts of one dimension in one batch; an event refers to its text by code, the position here.
///
/// Lookup is by bytes: first among the texts that were met lately, then through a small open-addressing table: O(1) expected, no
/// allocation for a text already known. A one-entry-per-slot table of at most 65,536 codes; batches are bounded well below that.
///
/// Hot: once or twice an event (`weir-bench`, loop `parse`).
public struct KeyDictionary: Sendable, Equatable {
    /// The texts by code.
    public private(set) var keys: [String] = []
    /// ``XXHash64`` of each text's UTF-8 bytes, by code.
    public private(set) var hashes: [UInt64] = []
    /// Code + 1 by slot, 0 for empty; the number of slots is a power of two at least twice the number of keys.
    private var slots: [UInt32] = []
    /// The UTF-8 bytes of all texts, one behind the other, and where each ends, by code.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// Code + 1 of the text that was last met at each of a few places, 0 for none: batches have few texts, and finding one there costs no
    /// hash.
    private var recent: [UInt32] = []

    private static let recentMax = 64

    public init() {}

    public var count: Int { keys.count }

    /// The code of a text, added if it is new. `bytes` must be valid UTF-8.
    @inline(__always)
    public mutating func code(of bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let place = Self.place(of: bytes)
        if !recent.isEmpty {
            let last = recent[place]
            if last != 0, isText(Int(last &- 1), bytes) { return last &- 1 }
        }
        return codeByHash(of: bytes, place)
    }

    @inline(never)
    private mutating func codeByHash(of text: UnsafeBufferPointer<UInt8>, _ place: Int) -> UInt32 {
        let hash = XXHash64.hash(UnsafeRawBufferPointer(text))
        if slots.isEmpty {
            slots = [UInt32](repeating: 0, count: 16)
            recent = [UInt32](repeating: 0, count: Self.recentMax)
        }
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let code = Int(slots[slot] &- 1)
            if hashes[code] == hash, isText(code, text) {
                recent[place] = UInt32(code) + 1
                return UInt32(code)
            }
            slot = (slot &+ 1) & mask
        }
        let code = UInt32(keys.count)
        keys.append(String(decoding: text, as: UTF8.self))
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
        hashes.append(hash)
        slots[slot] = code + 1
        recent[place] = code + 1
        if keys.count * 2 > slots.count { rehash() }
        return code
    }

    /// Where a text is looked for first: by its length and its first and last bytes.
    @inline(__always)
    private static func place(of text: UnsafeBufferPointer<UInt8>) -> Int {
        guard text.count > 0 else { return 0 }
        let ends = UInt32(text[0]) &* 31 &+ UInt32(text[text.count &- 1])
        return Int((ends &* 7 &+ UInt32(truncatingIfNeeded: text.count)) % UInt32(recentMax))
    }

    /// Whether a code is that of a text. Byte-wise: `String.==` would compare by canonical equivalence, and keys are bytes.
    @inline(__always)
    private func isText(_ code: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = code == 0 ? 0 : ends[code &- 1]
        guard ends[code] &- start == text.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            var index = 0
            while index &+ 8 <= text.count {
                let known = UnsafeRawPointer(bytes.baseAddress! + start + index).loadUnaligned(as: UInt64.self)
                let asked = UnsafeRawPointer(text.baseAddress! + index).loadUnaligned(as: UInt64.self)
                if known != asked { return false }
                index &+= 8
            }
            while index < text.count {
                if bytes[start &+ index] != text[index] { return false }
                index &+= 1
            }
            return true
        }
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
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
        for index in recent.indices { recent[index] = 0 }
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
}
