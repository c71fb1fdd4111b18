import ArgumentParser
import WeirCore
import WeirNode

/// Which events are sent again.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("from-time"),
        help: ArgumentHelp("Events whose timestamp is at or after this moment (RFC 3339).", valueName: "time")
    )
    var from: String?

    @Option(
        name: .customLong("until-time"),
        help: ArgumentHelp("Events whose timestamp is before this moment (RFC 3339).", valueName: "time")
    )
    var until: String?

    @Option(help: ArgumentHelp("Events of this workflow alone.", valueName: "id"))
    var workflow: String?

    @Flag(
        name: .customLong("with-refused"),
        help:
            "Send lines that are no valid events as well: each goes to quarantine there, again with every replay. Not with a selection."
    )
    var sendsRefused = false

    var selection: ReplaySelection {
        ReplaySelection(
            from: from.flatMap { EventTime($0) },
            until: until.flatMap { EventTime($0) },
            workflow: workflow.flatMap { UUID128($0) }
        )
    }

    var choice: ReplayChoice { ReplayChoice(selection, sendsRefused: sendsRefused) }

    func validate() throws {
        for (name, text) in [("--from-time", from), ("--until-time", until)] {
            if let text, EventTime(text) == nil {
                throw ValidationError("\(name) \(text): a moment such as 2026-11-02T00:00:00Z is needed")
            }
        }
        if let from = selection.from, let until = selection.until, from >= until {
            throw ValidationError("--from-time \(from) is not before --until-time \(until): no event is between them")
        }
        if let workflow, UUID128(workflow) == nil {
            throw ValidationError("--workflow \(workflow): a UUID of the form 8-4-4-4-12 is needed")
        }
        if sendsRefused, !selection.isEverything {
            throw ValidationError("--with-refused: a line that is no event has no time and no workflow to select it by")
        }
    }
}
