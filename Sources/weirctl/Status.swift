import ArgumentParser
import Foundation
import WeirNode

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Show how the cluster is: what is wrong and what to do, nodes, watermark, events, what is open and pending.",
        discussion: """
            accepted = counted + duplicate + quarantined holds at every moment. An ingest's lag is the number of its frames on disk that are \
            not committed yet.

            Example:
              weirctl status --to tcp://10.0.0.5:7700
            """
    )

    @OptionGroup var connection: Connection

    @Flag(help: "Print the status as JSON.")
    var json = false

    private struct Reply: Decodable {
        struct Events: Decodable {
            var accepted: Int
            var counted: Int
            var duplicate: Int
            var quarantined: Int
            var quarantinedByReason: [String: Int]
        }
        struct Worker: Decodable {
            var name: String
            var url: String
            var shards: Int
            var commits: Int
            var silentMs: Int
        }
        struct Ingest: Decodable {
            var name: String
            var accepted: Int
            var lastFrame: Int
            var committedFrame: Int
            var silentMs: Int
        }

        var status: String
        var problems: [ClusterStatus.Problem]
        var contract: String
        /// Nil of a coordinator without others, or of an earlier version.
        var term: Int?
        var epoch: Int
        var shards: Int
        var watermark: String?
        var uptimeSeconds: Int
        var events: Events
        var openWindows: Int
        var pendingIntents: Int
        var flushing: Bool
        var workers: [Worker]
        var ingests: [Ingest]
        var executors: [String]
    }

    func run() async throws {
        let data = try await connection.ask(.status)
        if json {
            print(String(decoding: data, as: UTF8.self))
            return
        }
        show(try JSONText(text: Array(data)).decoded(Reply.self))
    }

    private func show(_ reply: Reply) {
        let reasons = reply.events.quarantinedByReason.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let width = TerminalSize.ofOutput?.columns
        let head =
            "\(reply.status)\(reply.term.map { ", leader in term \($0)" } ?? ""), up \(reply.uptimeSeconds) s, contract \(reply.contract), epoch \(reply.epoch), \(reply.shards) shards"
        let fields = FieldLines([
            ("watermark", reply.watermark ?? "none yet"),
            (
                "events",
                "accepted \(reply.events.accepted) = counted \(reply.events.counted) + duplicate \(reply.events.duplicate) "
                    + "+ quarantined \(reply.events.quarantined)\(reasons.isEmpty ? "" : " (\(reasons))")"
            ),
            ("windows", "\(reply.openWindows) open"),
            ("intents", "\(reply.pendingIntents) pending\(reply.flushing ? ", flushing" : "")"),
            ("executors", reply.executors.isEmpty ? "none" : reply.executors.joined(separator: ", ")),
        ])
        for line in WrappedText(head, indent: 4).lines(width: width) + fields.lines(width: width) { print(line) }
        print("")
        for problem in reply.problems { print(problem.lines(width: width).joined(separator: "\n")) }
        if reply.problems.isEmpty { print("no problem is known") }
        var workers = TextTable([
            ("WORKER", .left), ("SHARDS", .right), ("COMMITS", .right), ("SILENT ms", .right), ("URL", .left),
        ])
        for worker in reply.workers {
            workers.add([worker.name, "\(worker.shards)", "\(worker.commits)", "\(worker.silentMs)", worker.url])
        }
        print("")
        printTable(workers, empty: "no workers")
        var ingests = TextTable([
            ("INGEST", .left), ("ACCEPTED", .right), ("FRAMES", .right), ("LAG", .right), ("SILENT ms", .right),
        ])
        for ingest in reply.ingests {
            let lag = max(0, ingest.lastFrame - ingest.committedFrame)
            ingests.add([ingest.name, "\(ingest.accepted)", "\(ingest.lastFrame)", "\(lag)", "\(ingest.silentMs)"])
        }
        print("")
        printTable(ingests, empty: "no ingests")
    }
}
