import ArgumentParser
import WeirCore

/// Which windows, and of which coordinator: `--to` is both, as in all commands that speak to one.
struct WindowSelection: ParsableArguments {
    @Option(help: ArgumentHelp("streaming, hourly, daily, weekly or monthly; all unless given.", valueName: "type"))
    var type: String?

    @Option(help: ArgumentHelp("Windows that start at or after this moment (RFC 3339).", valueName: "time"))
    var from: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Windows that start before this moment (RFC 3339); with a URL, the coordinator's. May be given twice.",
            valueName: "time|url"
        )
    )
    var to: [String] = []

    func validate() throws {
        if let type, windowType == nil {
            let known = WindowType.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--type \(type): not a window type; use \(known)")
        }
        if let from, start == nil {
            throw ValidationError("--from \(from): a moment such as 2026-11-02T00:00:00Z is needed")
        }
        if let broken = moments.first(where: { EventTime($0) == nil }) {
            throw ValidationError(
                "--to \(broken): a moment such as 2026-11-02T00:00:00Z is needed, or a URL such as \(Coordinator.standardURL)"
            )
        }
        if moments.count > 1 || to.count - moments.count > 1 {
            throw ValidationError("--to: at most one moment and one URL can be given")
        }
    }

    var windowType: WindowType? { type.flatMap { WindowType(name: $0) } }
    /// Whether anything but the coordinator is chosen.
    var isRestricted: Bool { type != nil || from != nil || !moments.isEmpty }
    var start: EventTime? { from.flatMap { EventTime($0) } }
    var end: EventTime? { moments.first.flatMap { EventTime($0) } }
    /// The coordinator's URL.
    var url: String { to.first(where: Self.isURL) ?? Coordinator.standardURL }

    private var moments: [String] { to.filter { !Self.isURL($0) } }
    private static func isURL(_ text: String) -> Bool { text.contains("://") }
}
