import ArgumentParser
import Foundation
import WeirNode
import WeirStorage

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup in the place of the coordinator's store.",
        discussion: """
            The coordinator must be stopped. What was there is kept as weir.sqlite.before-restore. When it starts again it goes on from the \
            moment of the backup, and counts what came since from the ingests' journals, as far back as those reach (journal.retention). \
            Windows that are closed again have the same ids, so sinks replace what they have.

            Example:
              weirctl restore --data /var/lib/weir /backup/weir-2026-11-24.sqlite
            """
    )

    @Option(help: ArgumentHelp("The coordinator's data directory.", valueName: "dir"))
    var data = "./weir-data"

    @OptionGroup var consent: Consent

    @Flag(help: "Print what was restored as JSON.")
    var json = false

    @Argument(help: "The backup.")
    var file: String

    func run() throws {
        do {
            _ = try StoreBackup.check(file)
            // Held until the end: nobody starts on a store that is half in place.
            let directory = try DataDirectory(data)
            try consent.require("Replace \(directory.store) with \(file)?")
            try StoreBackup.restore(file, to: directory.store).report(directory.store, isJSON: json)
        } catch let failure as StoreFailure {
            throw Failure(failure)
        } catch let failure as DataDirectoryFailure {
            throw Failure(failure)
        }
    }
}
