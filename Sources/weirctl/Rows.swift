import Foundation
import WeirNode

/// Prints JSON texts, one a line, as they came.
func printLines(_ texts: [JSONText]) {
    var output = BufferedOutput(descriptor: STDOUT_FILENO)
    for element in texts { output.line(element.text) }
    output.flush()
}

/// Prints a table, as wide as the terminal at most.
func printTable(_ table: TextTable, empty: String) {
    fflush(nil)  // What `print` has buffered comes first.
    var output = BufferedOutput(descriptor: STDOUT_FILENO)
    if table.isEmpty {
        output.line(empty)
    } else {
        for line in table.lines(width: TerminalSize.ofOutput?.columns) { output.line(line) }
    }
    output.flush()
}

/// A JSON object with its text as it came: numbers keep every digit.
struct JSONText {
    let text: [UInt8]

    /// The elements of a JSON array of objects.
    static func elements(of array: Data) -> [JSONText] {
        JSONElements.objects(in: Array(array), depth: 1).map(JSONText.init)
    }

    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text))
    }
}

/// A page of a list: `{"NAME":[…],"next_cursor":…}`.
struct JSONPage {
    let elements: [JSONText]
    /// Where the next page goes on; nil for the last.
    let next: String?

    private struct Tail: Decodable {
        var nextCursor: String?
    }

    init(_ data: Data) throws {
        let text = JSONText(text: Array(data))
        next = try text.decoded(Tail.self).nextCursor
        elements = JSONElements.objects(in: text.text, depth: 2).map(JSONText.init)
    }

    /// Asks page by page until there are no more, or `limit` elements.
    ///
    /// - Parameter ask: given the cursor and how many elements are wanted.
    static func all(
        limit: Int,
        pageSize: Int = 1000,
        ask: (_ cursor: String?, _ count: Int) async throws -> Data,
        take: (JSONText) throws -> Void
    ) async throws {
        var cursor: String?
        var remaining = limit
        repeat {
            let page = try JSONPage(try await ask(cursor, min(pageSize, remaining)))
            for element in page.elements { try take(element) }
            remaining -= page.elements.count
            cursor = page.next
        } while cursor != nil && remaining > 0
    }
}
