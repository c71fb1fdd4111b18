import ArgumentParser
import Foundation
import WeirNode
import WeirWire

struct Forget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give up an ingest that is lost for good, with its journal.",
        discussion: """
            Workers that take over shards first replay the journal of every ingest that has counted events, to know their ids. While one of \
            them is gone they wait, and nothing is counted. Start it again on its data directory if there is any way: then nothing is lost. \
            This is for the case that the directory is gone.

            What is given up, for good:
            - the events that it had acknowledged and that were not committed yet: frames after the committed one. How many is known as long as \
              the coordinator has not started again since the ingest was lost;
            - the ids of its events that were counted: what its producers send again, through another ingest, is counted again.

            An ingest that is there is not forgotten. Its old journal is refused from then on; a new one under the same name is welcome, and \
            begins at its first frame. The command asks first, or needs --yes.

            Examples:
              weirctl forget ingest-2 --dry-run
              weirctl forget ingest-2
              weirctl forget ingest-2 --yes --json
            """
    )

    @OptionGroup var connection: Connection

    @Argument(help: "Name of the ingest, as weirctl status names it.")
    var node: String

    @Flag(name: .customLong("dry-run"), help: "Print what would be given up, and do nothing.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    private struct Answer: Decodable {
        var dryRun: Bool
        var epoch: Int
        var committedFrame: Int
        var lastFrame: Int?
        var framesGivenUp: Int?
    }

    func run() async throws {
        let name = try NodeName(argument: node)
        if !dryRun, !yes {
            // What is at stake is said before it is asked for.
            show(try decoded(try await connection.ask(.forget(name, isDryRun: true))))
            let what = "forget \(node) for good"
            guard try Question.isAnsweredYes("\(what)?", elsewhere: "\(what): pass --yes to do it") else {
                throw ExitCode(1)
            }
        }
        let data = try await connection.ask(.forget(name, isDryRun: dryRun))
        if json {
            print(String(decoding: data, as: UTF8.self))
            return
        }
        let answer = try decoded(data)
        if dryRun || yes { show(answer) }
        print(dryRun ? "nothing was changed" : "\(node) is forgotten, epoch \(answer.epoch)")
    }

    private func decoded(_ data: Data) throws -> Answer { try JSONText(text: Array(data)).decoded(Answer.self) }

    private func show(_ answer: Answer) {
        let beyond =
            switch answer.framesGivenUp {
            case nil: "how many it had acknowledged beyond them is not known; they are given up"
            case 0?: "no event that it had acknowledged is given up"
            case let frames?:
                "\(frames) frames that it had acknowledged, \(answer.committedFrame + 1) to \(answer.lastFrame ?? 0), are given up"
            }
        let text = """
            \(node) has \(answer.committedFrame) frames committed; \(beyond).
            What its producers send again of the events that were counted is counted again.

            """
        // Beside JSON, and before a question, it is for people.
        FileHandle.standardError.write(Data(text.utf8))
    }
}
