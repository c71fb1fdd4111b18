/// Splits JSON text that Weir wrote, complete and without white space between tokens, so that elements keep every digit.
public enum JSONElements {
    /// The objects that begin at a depth, as they stand. O(bytes).
    ///
    /// - Parameter depth: 1 for those of an array; 2 for those of an array in an object.
    public static func objects(in text: some Collection<UInt8>, depth wanted: Int) -> [[UInt8]] {
        var objects: [[UInt8]] = []
        var depth = 0
        var isInString = false
        var isEscaped = false
        var start = text.startIndex
        var index = text.startIndex
        while index != text.endIndex {
            let byte = text[index]
            let next = text.index(after: index)
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    if depth == wanted { start = index }
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth == wanted { objects.append(Array(text[start..<next])) }
                default: break
                }
            }
            index = next
        }
        return objects
    }
}
