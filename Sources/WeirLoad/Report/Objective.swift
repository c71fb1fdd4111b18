/// A figure that a run has to reach, and whether it did.
public struct Objective: Sendable, Codable, Equatable {
    public var name: String
    public var unit: String
    public var limit: Double
    /// Nil when the run did not measure it: then the objective is not held.
    public var actual: Double?
    /// The figure must not be above the limit; else not below.
    public var isUpperBound: Bool
    public var held: Bool

    public init(_ name: String, unit: String, atMost limit: Double, actual: Double?) {
        self.name = name
        self.unit = unit
        self.limit = limit
        self.actual = actual
        isUpperBound = true
        held = actual.map { $0 <= limit } ?? false
    }

    public init(_ name: String, unit: String, atLeast limit: Double, actual: Double?) {
        self.name = name
        self.unit = unit
        self.limit = limit
        self.actual = actual
        isUpperBound = false
        held = actual.map { $0 >= limit } ?? false
    }

    public var description: String {
        let found = actual.map { "\(Figure.short($0)) \(unit)" } ?? "not measured"
        return
            "\(held ? "held" : "MISSED"): \(name) \(found), \(isUpperBound ? "at most" : "at least") \(Figure.short(limit)) \(unit)"
    }
}
