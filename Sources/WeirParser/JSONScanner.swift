/// Walks JSON text by RFC 8259. Every method returns false at the first byte that does not belong there.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    var isAtEndAfterBlank: Bool {
        var copy = self
        copy.skipBlank()
        return copy.position == bytes.count
    }

    func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    mutating func skipBlank() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    /// Skips one value with everything in it.
    mutating func skipValue() -> Bool {
        /// `{` or `[` of the containers around the position.
        var containers: [UInt8] = []
        var scratch: [UInt8] = []
        while true {
            skipBlank()
            // A value begins here.
            guard let byte = peek else { return false }
            switch byte {
            case 0x7B:
                position += 1
                skipBlank()
                if !take(0x7D) {
                    containers.append(byte)
                    guard skipKey(&scratch) else { return false }
                    continue
                }
            case 0x5B:
                position += 1
                skipBlank()
                if !take(0x5D) {
                    containers.append(byte)
                    continue
                }
            case 0x22:
                scratch.removeAll(keepingCapacity: true)
                guard readString(into: &scratch) else { return false }
            case 0x74: guard skipWord("true") else { return false }
            case 0x66: guard skipWord("false") else { return false }
            case 0x6E: guard skipWord("null") else { return false }
            default: guard skipNumber() else { return false }
            }
            // A value ended here; so may the containers around it.
            while true {
                guard let container = containers.last else { return true }
                skipBlank()
                if take(0x2C) {
                    if container == 0x7B {
                        skipBlank()
                        guard skipKey(&scratch) else { return false }
                    }
                    break
                }
                guard take(container == 0x7B ? 0x7D : 0x5D) else { return false }
                containers.removeLast()
            }
        }
    }

    /// The number of elements of the array that begins here, if all are strings; does not move.
    func countTexts() -> Int? {
        var copy = self
        var scratch: [UInt8] = []
        guard copy.take(0x5B) else { return nil }
        copy.skipBlank()
        if copy.take(0x5D) { return 0 }
        var count = 0
        while true {
            copy.skipBlank()
            scratch.removeAll(keepingCapacity: true)
            guard copy.readString(into: &scratch) else { return nil }
            count += 1
            copy.skipBlank()
            if copy.take(0x5D) { return count }
            guard copy.take(0x2C) else { return nil }
        }
    }

    /// Reads a string and appends it, unescaped. Broken UTF-8, control characters and lone surrogates are refused.
    mutating func readString(into text: inout [UInt8]) -> Bool {
        guard take(0x22) else { return false }
        let start = text.count
        while let byte = peek {
            position += 1
            switch byte {
            case 0x22:
                return text[start...].withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) } != nil
            case 0x5C:
                guard readEscape(into: &text) else { return false }
            case 0..<0x20:
                return false
            default:
                text.append(byte)
            }
        }
        return false
    }

    private mutating func readEscape(into text: inout [UInt8]) -> Bool {
        guard let byte = peek else { return false }
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: text.append(byte)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0C)
        case 0x6E: text.append(0x0A)
        case 0x72: text.append(0x0D)
        case 0x74: text.append(0x09)
        case 0x75:
            guard var code = readHex() else { return false }
            if code >= 0xD800, code < 0xDC00 {
                guard take(0x5C), take(0x75), let low = readHex(), low >= 0xDC00, low < 0xE000 else { return false }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { return false }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: return false
        }
        return true
    }

    private mutating func readHex() -> UInt32? {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    private mutating func skipKey(_ scratch: inout [UInt8]) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        guard readString(into: &scratch) else { return false }
        skipBlank()
        return take(0x3A)
    }

    private mutating func skipWord(_ word: StaticString) -> Bool {
        for offset in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[offset]) else { return false }
        }
        return true
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private mutating func skipNumber() -> Bool {
        _ = take(0x2D)
        if !take(0x30) {
            guard skipDigits() else { return false }
        }
        if take(0x2E) {
            guard skipDigits() else { return false }
        }
        if take(0x65) || take(0x45) {
            if !take(0x2B) { _ = take(0x2D) }
            guard skipDigits() else { return false }
        }
        return true
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte = peek, byte &- 0x30 < 10 { position += 1 }
        return position > start
    }
}
