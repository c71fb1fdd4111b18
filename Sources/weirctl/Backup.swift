import ArgumentParser
import Foundation
import WeirCore
import WeirStorage

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the coordinator's store to a file, also while it runs.",
        discussion: """
            The copy is one moment of the store, whole, made by SQLite's online backup and checked before it gets its name. Run it where the \
            coordinator's data directory is. The ingests' journals are not part of it: a restored coordinator counts from them what came after \
            the copy.

            Examples:
              weirctl backup --data /var/lib/weir /backup/weir-2026-11-24.sqlite
              weirctl backup --data ./weir-data backup.sqlite --json
            """
    )

    @Option(help: ArgumentHelp("The coordinator's data directory.", valueName: "dir"))
    var data = "./weir-data"

    @Flag(help: "Print what the copy holds as JSON.")
    var json = false

    @Argument(help: "The file to write; there must be none of that name.")
    var file: String

    func run() throws {
        do throws(StoreFailure) {
            try StoreBackup.make(of: data + "/weir.sqlite", at: file).report(file, isJSON: json)
        } catch {
            throw Failure(error)
        }
    }
}

extension StoreBackup.Summary {
    func report(_ file: String, isJSON: Bool) {
        let moment = watermark.map { EventTime(microseconds: $0).description }
        guard isJSON else {
            print(
                """
                \(file): \(bytes) bytes, sound; contract \(contract), \(shards) shards, epoch \(epoch), \
                watermark \(moment ?? "none"), \(windows) windows, \(intents) intents
                """
            )
            return
        }
        var json = JSONWriter()
        json.object { json in
            json.member("file", file)
            json.member("bytes", bytes)
            json.member("contract", contract)
            json.member("shards", shards)
            json.member("epoch", epoch)
            json.member("watermark", moment)
            json.member("windows", windows)
            json.member("intents", intents)
        }
        print(json.text)
    }
}
