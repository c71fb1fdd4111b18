import WeirCore

/// A parameter in the path or the query of a route: how it is read, and how the OpenAPI document tells it.
struct APIParameter: Sendable {
    enum Location: String, Sendable {
        case path
        case query
    }

    enum Kind: Sendable {
        case integer(ClosedRange<Int>, standard: Int)
        /// RFC 3339.
        case moment
        case oneOf([String], standard: String?)
        case uuid
        /// A number ≥ 1 that an answer named.
        case number
        /// Any text that is not empty.
        case text(bytesMax: Int)
        /// Text that an answer named, of this form.
        case cursor(pattern: String, isValid: @Sendable (String) -> Bool)
    }

    enum Value: Sendable {
        case integer(Int)
        case moment(EventTime)
        case text(String)
        case uuid(UUID128)
    }

    var name: String
    var location: Location
    var kind: Kind
    var summary: String

    init(_ name: String, in location: Location = .query, _ kind: Kind, _ summary: String) {
        self.name = name
        self.location = location
        self.kind = kind
        self.summary = summary
    }

    func value(_ text: String) throws(Problem) -> Value {
        switch kind {
        case .integer(let range, _):
            if Self.isDecimal(text), let number = Int(text), range.contains(number) { return .integer(number) }
            throw wrong(text, "a number in \(range.lowerBound)…\(range.upperBound)")
        case .moment:
            if let moment = EventTime(text) { return .moment(moment) }
            throw wrong(text, "a moment such as 2026-11-02T00:00:00Z, from the year 1678 to 2261")
        case .oneOf(let names, _):
            if names.contains(text) { return .text(text) }
            throw wrong(text, "one of \(names.joined(separator: ", "))")
        case .uuid:
            if let id = UUID128(text) { return .uuid(id) }
            throw wrong(text, "a UUID such as 0f8fad5b-d9cb-469f-a165-70867728950e")
        case .number:
            if Self.isDecimal(text), let number = Int(text), number >= 1 { return .integer(number) }
            throw wrong(text, "a number from 1 on")
        case .text(let bytesMax):
            if (1...bytesMax).contains(text.utf8.count) { return .text(text) }
            throw wrong(text, "text of 1 to \(bytesMax) bytes")
        case .cursor(_, let isValid):
            if isValid(text) { return .text(text) }
            throw wrong(text, "the next_cursor of the page before")
        }
    }

    private static func isDecimal(_ text: String) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }

    private func wrong(_ text: String, _ needed: String) -> Problem {
        Problem(.invalidParameter, "\(name)=\(text.prefix(80)): \(needed) is needed")
    }

    var schema: JSONSchema {
        switch kind {
        case .integer(let range, let standard):
            .integer(minimum: range.lowerBound, maximum: range.upperBound, standard: standard)
        case .moment: .string(format: "date-time")
        case .oneOf(let names, let standard): .oneOf(names, standard: standard)
        case .uuid: .string(format: "uuid")
        case .number: .integer(minimum: 1, maximum: Int.max)
        case .text: .string(pattern: "^.+$")
        case .cursor(let pattern, _): .string(pattern: pattern)
        }
    }
}
