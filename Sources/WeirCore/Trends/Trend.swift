/// What is found in the series of one metric, of the whole windows or of one group.
public struct Trend: Sendable, Hashable {
    public var metric: Metric
    public var dimension: Dimension?
    public var group: String?
    /// The points that were looked at.
    public var series: TimeSeries
    /// Nil with too few points.
    public var slope: TheilSen?
    public var changes: [ChangePoints.Change]
    /// Of the newest point; nil with too little past.
    public var latest: SeasonalAnomaly?
    /// Newest last.
    public var anomalies: [SeasonalAnomaly]

    /// - Parameters:
    ///   - series: all that is known: more than `limits` lets slopes use serves as past for anomalies.
    ///   - season: which past values compare.
    public init(
        of metric: Metric,
        by dimension: Dimension?,
        group: String?,
        _ series: TimeSeries,
        season: SeasonalAnomaly.Season,
        limits: TrendLimits = TrendLimits()
    ) {
        self.metric = metric
        self.dimension = dimension
        self.group = group
        self.series = series.suffix(limits.pointsMax)
        slope = TheilSen(self.series, limits: limits)
        changes = ChangePoints.find(in: self.series.values, limits: limits)
        let scores = SeasonalAnomaly.scores(in: series, season: season, last: limits.pointsMax, limits: limits)
        latest = scores.last.flatMap { $0.time == series.points.last?.time ? $0 : nil }
        anomalies = Array(scores.lazy.filter(\.isAnomalous).suffix(limits.anomaliesMax))
    }

    /// - Parameter withPoints: also the points themselves.
    public func write(into json: inout JSONWriter, withPoints: Bool) {
        json.object { json in
            json.member("metric", metric.rawValue)
            json.member("group_by", dimension?.name)
            json.member("group", group)
            json.member("points", series.count)
            json.member("from", series.points.first?.time.description)
            json.member("to", series.points.last?.time.description)
            json.member("latest_value", series.points.last?.value)
            json.member("direction", slope?.direction.rawValue)
            json.key("slope")
            if let slope {
                json.object { json in
                    json.member("per_day", slope.slopePerDay)
                    json.member("per_day_lower", slope.lowerPerDay)
                    json.member("per_day_upper", slope.upperPerDay)
                    json.member("intercept", slope.intercept)
                }
            } else {
                json.null()
            }
            json.key("change_points")
            json.array { json in
                for change in changes {
                    json.object { json in
                        json.member("at", series.points[change.position].time.description)
                        json.member("before", change.before)
                        json.member("after", change.after)
                    }
                }
            }
            json.key("latest")
            if let latest { latest.write(into: &json) } else { json.null() }
            json.key("anomalies")
            json.array { json in for anomaly in anomalies { anomaly.write(into: &json) } }
            if withPoints {
                json.key("series")
                json.array { json in
                    for point in series.points {
                        json.array { json in
                            json.value(point.time.description)
                            json.value(point.value)
                        }
                    }
                }
            }
        }
    }
}

extension SeasonalAnomaly {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("at", time.description)
            json.member("value", value)
            json.member("score", score)
            json.member("anomalous", isAnomalous)
            json.member("median", median)
            json.member("spread", spread)
            json.member("compared_with", count)
        }
    }
}
