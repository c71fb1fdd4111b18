import PostgreSQL

/// The conditions that a query has, with their parameters: only those that there are, so that an engine can use its indices.
struct StoreConditions {
    private var conditions: [String] = []
    private(set) var parameters: [SQLValue] = []

    /// - Parameter condition: with a `$` for each value.
    mutating func require(_ condition: String, _ values: SQLValue...) {
        var text = ""
        var number = parameters.count
        for character in condition {
            text.append(character)
            if character == "$" {
                number += 1
                text += "\(number)"
            }
        }
        precondition(number == parameters.count + values.count, "a condition has a value for each $")
        conditions.append(text)
        parameters += values
    }

    /// `WHERE …`, or nothing.
    var text: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }
}
