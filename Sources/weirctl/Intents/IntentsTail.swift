import ArgumentParser
import Foundation
import WeirNode
import WeirWire

struct IntentsTail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Follow intents as they are stored, until interrupted.",
        discussion: """
            Nothing is missed, also when the coordinator is away for a while. With --json the record of each window, one a line.

            Example:
              weirctl intents tail --json | jq '{window_type, window_start, success_rate}'
            """
    )

    @OptionGroup var connection: Connection

    @Option(help: "End after so many intents.")
    var count: Int?

    @Flag(name: .customLong("from-start"), help: "Begin with the first intent that is stored, not with the next.")
    var isFromStart = false

    @Flag(help: "Print the record of each window as JSON, one a line.")
    var json = false

    private struct Answer: Decodable {
        var last: UInt64
    }

    private struct Head: Decodable {
        struct Record: Decodable {
            var windowType: String
            var windowStart: String
            var revision: Int
            var eventsProcessed: Int
            var successRate: Double?
        }
        var intentId: String
        var record: Record
    }

    private static let pageSize = 200

    func run() async throws {
        var last: UInt64 = isFromStart ? 0 : try await ask(nil).0
        var printed = 0
        while true {
            let (next, elements) = try await ask(last)
            last = next
            for element in elements {
                try show(element)
                printed += 1
                if let count, printed >= count { return }
            }
            fflush(nil)
            if elements.count < Self.pageSize { try await Task.sleep(for: .milliseconds(250)) }
        }
    }

    private func ask(_ after: UInt64?) async throws -> (UInt64, [JSONText]) {
        let data = try await connection.ask(.emissions(after: after, limit: Self.pageSize), timeout: 60)
        let text = JSONText(text: Array(data))
        return (
            try text.decoded(Answer.self).last, JSONElements.objects(in: text.text, depth: 2).map(JSONText.init)
        )
    }

    private func show(_ element: JSONText) throws {
        if json {
            let key = Array("\"record\":".utf8)
            let start = element.text.indices.first { element.text[$0...].starts(with: key) } ?? 0
            print(String(decoding: element.text[(start + key.count)...].dropLast(), as: UTF8.self))
            return
        }
        let head = try element.decoded(Head.self)
        let rate = head.record.successRate.map { String(format: ", %.1f %% successful", $0 * 100) } ?? ""
        print(
            "\(head.intentId)  \(head.record.windowType) \(head.record.windowStart) revision \(head.record.revision): "
                + "\(head.record.eventsProcessed) events\(rate)"
        )
    }
}
