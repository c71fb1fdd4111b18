/// Finds the elements of a top-level JSON array without reading them: it knows strings, escapes and nesting, and no more. The
/// elements are then parsed, and judged, one by one.
enum JSONArraySplitter {
    struct Split: Equatable {
        var elements: [LineSpan] = []
        /// From where on the array is broken; nil when it is whole.
        var broken: LineSpan?
    }

    /// O(n).
    static func split(_ bytes: UnsafeRawBufferPointer) -> Split {
        var split = Split()
        var position = skipBlank(bytes, 0)
        func brokenFrom(_ offset: Int) -> Split {
            split.broken = LineSpan(offset: offset, count: bytes.count - offset)
            return split
        }
        guard position < bytes.count, bytes[position] == 0x5B else { return brokenFrom(0) }
        position = skipBlank(bytes, position + 1)
        if position < bytes.count, bytes[position] == 0x5D {
            let end = skipBlank(bytes, position + 1)
            return end == bytes.count ? split : brokenFrom(end)
        }
        while true {
            let start = position
            guard let end = endOfElement(bytes, start), end > start else { return brokenFrom(start) }
            split.elements.append(LineSpan(offset: start, count: trimmed(bytes, start, end) - start))
            position = skipBlank(bytes, end + 1)
            if bytes[end] == 0x5D { return position == bytes.count ? split : brokenFrom(position) }
        }
    }

    /// Position of the `,` or `]` that ends the element.
    private static func endOfElement(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var depth = 0
        var inString = false
        var position = start
        while position < bytes.count {
            let byte = bytes[position]
            if inString {
                if byte == 0x5C {
                    position += 1
                } else if byte == 0x22 {
                    inString = false
                }
            } else {
                switch byte {
                case 0x22: inString = true
                case 0x7B, 0x5B: depth += 1
                case 0x7D: depth -= 1
                case 0x5D:
                    if depth == 0 { return position }
                    depth -= 1
                case 0x2C where depth == 0: return position
                default: break
                }
                if depth < 0 { return nil }
            }
            position += 1
        }
        return nil
    }

    private static func skipBlank(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var position = start
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
        return position
    }

    private static func trimmed(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        var position = end
        while position > start, isBlank(bytes[position - 1]) { position -= 1 }
        return position
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
