import WeirCore

/// Which trends to look for: of whole windows, or of the groups of one dimension.
public struct TrendQuery: Sendable, Equatable {
    public var type: WindowType
    public var dimension: Dimension?
    /// One metric alone; nil for all that the dimension has.
    public var metric: Metric?
    /// One group alone; nil for those with the most data.
    public var group: String?
    /// Windows that start before this moment; nil up to the newest.
    public var to: EventTime?
    /// Newest windows that slopes and changes are looked for in.
    public var points: Int
    /// Whether the points themselves are part of the answer.
    public var withPoints: Bool

    /// What ``points`` may be.
    public static let pointsAllowed = 8...TrendLimits().pointsMax

    public init(
        type: WindowType,
        dimension: Dimension? = nil,
        metric: Metric? = nil,
        group: String? = nil,
        to: EventTime? = nil,
        points: Int = TrendLimits().pointsMax,
        withPoints: Bool = false
    ) {
        self.type = type
        self.dimension = dimension
        self.metric = metric
        self.group = group
        self.to = to
        self.points = points
        self.withPoints = withPoints
    }
}

extension TrendQuery {
    func encode(into writer: inout ByteWriter) {
        writer.byte(type.rawValue)
        writer.optionalText(dimension?.name)
        writer.optionalText(metric?.rawValue)
        writer.optionalText(group)
        writer.optionalTime(to)
        writer.count(points)
        writer.flag(withPoints)
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        self.init(type: try reader.windowType())
        if let name = try reader.optionalText() {
            guard let known = Dimension(name: name) else { throw .invalid("dimension \(name)") }
            dimension = known
        }
        if let name = try reader.optionalText() {
            guard let known = Metric(rawValue: name) else { throw .invalid("metric \(name)") }
            metric = known
        }
        group = try reader.optionalText()
        to = try reader.optionalTime()
        points = try reader.number()
        withPoints = try reader.flag()
        guard Self.pointsAllowed.contains(points) else { throw .invalid("\(points) points of a trend") }
    }
}
