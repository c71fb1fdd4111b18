import WeirCluster
import WeirCore
import WeirStorage
import WeirWire

/// The answer to a ``TrendQuery``.
struct TrendReport {
    private let query: TrendQuery
    private let windows: Int
    private let trends: [Trend]
    /// Whether there are further groups, or windows that were not read.
    private let isTruncated: Bool

    /// Reads the newest records that `limits` allows, and looks at them.
    init(_ query: TrendQuery, _ store: SQLStore, limits: TrendLimits = TrendLimits()) throws(StoreFailure) {
        var limits = limits
        limits.pointsMax = query.points
        var series = RecordSeries(query)
        var bytes = 0
        var position: WindowPosition?
        var hasMore = true
        while hasMore, series.windows < limits.windowsMax, bytes < limits.recordBytesMax {
            let page = try store.records(
                WindowQuery(
                    type: query.type,
                    to: query.to,
                    isDescending: true,
                    after: position,
                    limit: min(Self.pageSize, limits.windowsMax - series.windows)
                )
            )
            for record in page.elements {
                bytes += record.count
                guard series.add(record) else {
                    throw .corrupt(place: store.place, what: "the record of a window", reason: "it is no JSON object")
                }
            }
            position = page.next
            hasMore = position != nil
        }
        self.query = query
        windows = series.windows
        let found = series.trends(limits)
        trends = found.trends
        isTruncated = found.isTruncated || hasMore
    }

    private static let pageSize = 100

    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("window_type", query.type.name)
            json.member("group_by", query.dimension?.name)
            json.member("season", SeasonalAnomaly.Season(of: query.type).rawValue)
            json.member("windows", windows)
            json.member("truncated", isTruncated)
            json.key("trends")
            json.array { json in for trend in trends { trend.write(into: &json, withPoints: query.withPoints) } }
        }
        return json.bytes
    }
}
