import ArgumentParser

struct Quarantine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Refused lines: list, show, send again, forget.",
        discussion: """
            A line that is not a valid event is kept whole, with the reason, and counted. Sent again (replay) it is judged anew, as new input.

            Examples:
              weirctl quarantine
              weirctl quarantine list --reason too_late --json | jq -r .text
              weirctl quarantine show 17
              weirctl quarantine replay --reason validation_error
              weirctl quarantine drop 17 18 --yes
            """,
        subcommands: [QuarantineList.self, QuarantineShow.self, QuarantineReplay.self, QuarantineDrop.self],
        defaultSubcommand: QuarantineList.self
    )
}

/// A refused line as the coordinator tells it.
struct QuarantineRow: Decodable {
    var id: UInt64
    var reason: String
    var detail: String
    var ingest: String
    var frame: UInt64
    var line: Int
    var storedAt: String
    var replayedAt: String?
    var text: String?
}
