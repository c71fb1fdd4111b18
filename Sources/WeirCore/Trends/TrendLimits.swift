/// Every bound of the search for trends, in one place.
public struct TrendLimits: Sendable, Hashable {
    /// Newest points of a series that are looked at: all pairs of them have a slope.
    public var pointsMax = 400
    /// Fewest points of a slope. Below, the interval of ``TheilSen`` has no meaning.
    public var slopePointsMin = 8
    /// Fewest points between two change points, and at both ends.
    public var segmentMin = 5
    /// Fewest points of the same season that a value is compared with.
    public var seasonMin = 4
    /// Days back that a value is compared with.
    public var seasonDays = 28
    /// Robust z-scores beyond this are anomalies (Iglewicz and Hoaglin 1993).
    public var scoreMax = 3.5
    /// Newest anomalies that are named.
    public var anomaliesMax = 20
    /// Groups of a dimension, those with the most points and then the greatest weight first.
    public var groupsMax = 20
    /// Two-sided confidence of a slope's interval.
    public var confidence = 0.95

    /// Newest windows that are read, for the past that anomalies are told by.
    public var windowsMax = 1000
    /// Bytes of records after which no further windows are read.
    public var recordBytesMax = 64 << 20

    public init() {}
}
