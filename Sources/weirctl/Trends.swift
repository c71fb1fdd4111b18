import ArgumentParser
import Foundation
import WeirCore
import WeirNode
import WeirWire

struct Trends: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how metrics develop over stored windows: direction, slope, changes, anomalies.",
        discussion: """
            The slope is Theil–Sen's, each day, with its 95 % interval; the direction is steady when 0 is within it. Changes of level are found by \
            PELT. Z is how far the newest window is from the median of the same hour of past days (for daily windows: the same day of past \
            weeks), in robust deviations; beyond 3.5 it is an anomaly, marked with !.

            Examples:
              weirctl trends
              weirctl trends --by model --metric avg_quality_score
              weirctl trends --type daily --by stage --group code_generation --json
            """
    )

    @OptionGroup var connection: Connection

    @Option(help: ArgumentHelp("streaming, hourly, daily, weekly or monthly.", valueName: "type"))
    var type = "hourly"

    @Option(
        help: ArgumentHelp("stage, model, node_type or error_code; whole windows unless given.", valueName: "dimension")
    )
    var by: String?

    @Option(help: ArgumentHelp("This metric alone, by its name in the record.", valueName: "name"))
    var metric: String?

    @Option(help: ArgumentHelp("This group alone; the 20 with the most data unless given.", valueName: "key"))
    var group: String?

    @Option(help: ArgumentHelp("Newest windows that slopes and changes are looked for in, 8…400.", valueName: "count"))
    var points = TrendQuery.pointsAllowed.upperBound

    @Flag(help: "Print one JSON object a line, with all points.")
    var json = false

    private struct Slope: Decodable {
        var perDay: Double
        var perDayLower: Double
        var perDayUpper: Double
    }

    private struct Change: Decodable {
        var at: String
        var before: Double
        var after: Double
    }

    private struct Latest: Decodable {
        var score: Double?
        var anomalous: Bool
    }

    private struct Row: Decodable {
        var metric: String
        var group: String?
        var points: Int
        var latestValue: Double?
        var direction: String?
        var slope: Slope?
        var changePoints: [Change]
        var latest: Latest?
    }

    func validate() throws {
        if WindowType(name: type) == nil {
            let known = WindowType.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--type \(type): not a window type; use \(known)")
        }
        if let by, Dimension(name: by) == nil {
            let known = Dimension.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--by \(by): not a dimension; use \(known)")
        }
        let known = Metric.metrics(of: by.flatMap { Dimension(name: $0) }).map(\.rawValue)
        if let metric, !known.contains(metric) {
            throw ValidationError("--metric \(metric): not a metric here; use \(known.joined(separator: ", "))")
        }
        if group != nil, by == nil { throw ValidationError("--group: --by is needed with it, to say of what") }
        guard TrendQuery.pointsAllowed.contains(points) else {
            throw ValidationError("--points \(points): a number in 8…\(TrendQuery.pointsAllowed.upperBound) is needed")
        }
    }

    func run() async throws {
        let query = TrendQuery(
            type: WindowType(name: type) ?? .hourly,
            dimension: by.flatMap { Dimension(name: $0) },
            metric: metric.flatMap { Metric(rawValue: $0) },
            group: group,
            points: points,
            withPoints: json
        )
        let rows = try JSONPage(try await connection.ask(.trends(query), timeout: 60)).elements
        if json {
            printLines(rows)
            return
        }
        var table = TextTable([
            ("METRIC", .left), ("GROUP", .left), ("POINTS", .right), ("LATEST", .right), ("DIRECTION", .left),
            ("A DAY", .right), ("95 %", .left), ("Z", .right), ("LAST CHANGE", .left),
        ])
        for row in rows {
            let row = try row.decoded(Row.self)
            let interval = row.slope.map { "[\(Self.text($0.perDayLower)), \(Self.text($0.perDayUpper))]" }
            let change = row.changePoints.last.map { "\($0.at) \(Self.text($0.before)) → \(Self.text($0.after))" }
            let mark = row.latest.map { $0.anomalous ? "!" : "" } ?? ""
            table.add([
                row.metric, row.group ?? "", "\(row.points)", row.latestValue.map(Self.text) ?? "", row.direction ?? "",
                row.slope.map { Self.text($0.perDay) } ?? "", interval ?? "",
                (row.latest?.score.map { String(format: "%.1f", $0) } ?? "") + mark, change ?? "",
            ])
        }
        printTable(table, empty: "no \(type) windows are closed yet")
    }

    private static func text(_ number: Double) -> String { String(format: "%.4g", number) }
}
