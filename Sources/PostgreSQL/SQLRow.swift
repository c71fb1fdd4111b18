/// A row of an answer. Columns are looked for by name, O(columns).
///
/// What a column holds is fixed by the schema of who asks: reading it as another type is a broken invariant, and traps.
public struct SQLRow: Sendable {
    private let names: [String]
    private let values: [SQLValue]

    /// - Parameter names: as many as values.
    public init(names: [String], values: [SQLValue]) {
        precondition(names.count == values.count, "a row has a value for each column")
        self.names = names
        self.values = values
    }

    /// - Parameter column: of several with this name the first.
    public subscript<Value: SQLConvertible>(_ column: String) -> Value {
        guard let index = names.firstIndex(of: column) else {
            preconditionFailure("an answer without the column \(column)")
        }
        guard let value = Value(values[index]) else {
            preconditionFailure("the column \(column) is no \(Value.self)")
        }
        return value
    }
}

/// A type that a column can be read as.
public protocol SQLConvertible {
    /// Nil when the value is of another type.
    init?(_ value: SQLValue)
}

extension Int64: SQLConvertible {
    public init?(_ value: SQLValue) {
        guard case .integer(let value) = value else { return nil }
        self = value
    }
}

extension Int: SQLConvertible {
    public init?(_ value: SQLValue) {
        guard case .integer(let value) = value else { return nil }
        self.init(exactly: value)
    }
}

extension Bool: SQLConvertible {
    public init?(_ value: SQLValue) {
        guard case .integer(let value) = value else { return nil }
        self = value != 0
    }
}

extension Double: SQLConvertible {
    public init?(_ value: SQLValue) {
        switch value {
        case .real(let value): self = value
        case .integer(let value): self = Double(value)
        case .null, .text, .bytes: return nil
        }
    }
}

extension String: SQLConvertible {
    /// Text may lie as bytes where it can hold U+0000, which PostgreSQL's text can't.
    public init?(_ value: SQLValue) {
        switch value {
        case .text(let value): self = value
        case .bytes(let value): self.init(validating: value, as: UTF8.self)
        case .null, .integer, .real: return nil
        }
    }
}

extension [UInt8]: SQLConvertible {
    public init?(_ value: SQLValue) {
        switch value {
        case .bytes(let value): self = value
        case .text(let value): self = Array(value.utf8)
        case .null, .integer, .real: return nil
        }
    }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    public init?(_ value: SQLValue) {
        if case .null = value {
            self = .none
        } else {
            guard let wrapped = Wrapped(value) else { return nil }
            self = .some(wrapped)
        }
    }
}
