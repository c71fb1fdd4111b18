import ArgumentParser
import Foundation
import WeirCore
import WeirNode
import WeirWire

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch the cluster: rates, lag, watermarks, slowest shards, errors; full screen, every second.",
        discussion: """
            q quits. Where there is no terminal, or with --once, it prints one screen, with rates over a second.

            Examples:
              weirctl top
              weirctl top --once
            """
    )

    @OptionGroup var connection: Connection

    @Flag(help: "Print one screen and end.")
    var once = false

    @Flag(help: "Print two readings of the status as JSON, one a line, a second apart, and end.")
    var json = false

    private struct Failed: Decodable {
        var intentId: String
        var lastError: String?
    }

    func run() async throws {
        if json {
            for round in 0..<2 {
                if round > 0 { try await Task.sleep(for: .seconds(1)) }
                print(String(decoding: try await connection.ask(.status), as: UTF8.self))
            }
            return
        }
        let first = try await reading()
        guard !once, let screen = FullScreen() else {
            try await Task.sleep(for: .seconds(1))
            let frame = TopFrame(try await reading(), before: first, address: connection.to)
            let lines = frame.lines(TerminalSize.ofOutput ?? TerminalSize(columns: 120, rows: 40)).dropLast()
            print(lines.reversed().drop { $0.isEmpty }.reversed().joined(separator: "\n"))
            return
        }
        defer { screen.leave() }
        await watch(screen, first)
    }

    private func watch(_ screen: FullScreen, _ first: TopFrame.Reading) async {
        var before = first
        screen.show(TopFrame(before, before: nil, address: connection.to).lines(size))
        while !screen.isLeft(within: 1000) {
            do {
                let now = try await reading()
                screen.show(TopFrame(now, before: before, address: connection.to).lines(size))
                before = now
            } catch {
                let message = "\(error)".prefix(size.columns * 3)
                screen.show(["weir \(connection.to)", "", String(message), "", "asking again; q quits"])
            }
        }
    }

    private var size: TerminalSize { TerminalSize.ofOutput ?? TerminalSize(columns: 80, rows: 24) }

    private func reading() async throws -> TopFrame.Reading {
        let status = try JSONText(text: Array(try await connection.ask(.status))).decoded(ClusterStatus.self)
        let shards = try JSONText.elements(of: try await connection.ask(.shards))
            .map { try $0.decoded(TopFrame.Shard.self) }
        var errors: [(id: String, error: String)] = []
        for state in ["failed", "pending"] {
            let page = try JSONPage(try await connection.ask(.intents(IntentQuery(state: state, limit: 3))))
            for intent in try page.elements.map({ try $0.decoded(Failed.self) }) {
                if let error = intent.lastError { errors.append((intent.intentId, error)) }
            }
        }
        return TopFrame.Reading(
            at: WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)),
            status: status,
            shards: shards,
            errors: errors
        )
    }
}
