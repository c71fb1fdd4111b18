import Foundation
import WeirNode

/// Prints the elements of a JSON array, one a line, as they came.
func printLines(_ array: [JSONText]) {
    var output = BufferedOutput(descriptor: STDOUT_FILENO)
    for element in array { output.line(element.text) }
    output.flush()
}

func printTable(_ table: TextTable, empty: String) {
    fflush(nil)  // What `print` has buffered comes first.
    var output = BufferedOutput(descriptor: STDOUT_FILENO)
    if table.isEmpty { output.line(empty) } else { for line in table.lines { output.line(line) } }
    output.flush()
}

/// A JSON object with its text as it came: numbers keep every digit.
struct JSONText {
    let text: [UInt8]

    /// Splits a JSON array of objects that a coordinator wrote: complete, and without white space between tokens.
    static func elements(of array: Data) -> [JSONText] {
        var elements: [JSONText] = []
        var depth = 0
        var isInString = false
        var isEscaped = false
        var start = 0
        for (index, byte) in array.enumerated() {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == 1 { start = index }
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 1 { elements.append(JSONText(text: Array(array[start...index]))) }
            default: break
            }
        }
        return elements
    }

    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text))
    }
}
