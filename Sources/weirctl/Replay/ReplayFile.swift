import ArgumentParser
import WeirNode

struct ReplayFile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "file",
        abstract: "Send the events of files again, selected by time or workflow, from where an earlier run was.",
        discussion: """
            NDJSON, as weirctl send takes it; lines are sent as they stand, in order, one request at a time. With --state a run that was interrupted goes on \
            where it was; a file that is sent again from its beginning does no harm. Lines that are no valid events are passed over and counted unless \
            --with-refused is given.

            Exit codes: 0 all is sent; 1 not all; 2 all is sent, and lines went to quarantine.

            Examples:
              weirctl replay file october.ndjson november.ndjson --state replay.state --rate 50000
              weirctl replay file events.ndjson --from-time 2026-11-02T00:00:00Z --until-time 2026-11-02T06:00:00Z --dry-run
              zcat events.ndjson.gz | weirctl replay file - --workflow 5f0c2a9e-3c1b-4d7a-9a41-0c8f4f6f2b1d
            """
    )

    @Argument(help: "Files of events, or - for standard input.")
    var files: [String]

    @OptionGroup(title: "Selection") var selection: SelectionOptions
    @OptionGroup var options: ReplayOptions

    func validate() throws {
        if options.state != nil, files.contains("-") {
            throw ValidationError("--state: standard input has no position to go on from")
        }
    }

    func run() async throws {
        let files: FileReplay
        do {
            files = try FileReplay(self.files, selection.choice)
        } catch {
            throw Failure(error)
        }
        try await options.run(files)
    }
}
