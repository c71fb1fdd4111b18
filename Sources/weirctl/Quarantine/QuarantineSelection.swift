import ArgumentParser
import Foundation
import WeirCore
import WeirNode
import WeirWire

/// Which lines a verb is for: by id, or all that are held, of one reason or of any.
struct QuarantineSelection: ParsableArguments {
    @Option(help: ArgumentHelp("Lines of this reason that were not sent again.", valueName: "reason"))
    var reason: String?

    @Flag(name: .customLong("all"), help: "All lines that were not sent again.")
    var isAll = false

    @Argument(help: "Ids of lines.")
    var ids: [UInt64] = []

    func validate() throws {
        if let reason, QuarantineReason(rawValue: reason) == nil {
            let known = QuarantineReason.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--reason \(reason): not a reason; use \(known)")
        }
        let ways = [!ids.isEmpty, reason != nil, isAll].count { $0 }
        if ways != 1 { throw ValidationError("name the lines: by ids, by --reason, or by --all") }
    }

    /// The lines, with their bytes.
    func lines(_ connection: Connection) async throws -> [QuarantinedText] {
        var lines: [QuarantinedText] = []
        if ids.isEmpty {
            try await JSONPage.all(limit: .max) { cursor, count in
                try await connection.ask(
                    .quarantine(
                        QuarantineQuery(
                            reason: reason,
                            before: cursor.flatMap { UInt64($0) },
                            isHeld: true,
                            limit: count
                        )
                    ),
                    timeout: 60
                )
            } take: {
                if let line = QuarantinedText(json: $0.text) { lines.append(line) }
            }
        } else {
            for id in ids {
                if let line = QuarantinedText(json: Array(try await connection.ask(.quarantinedLine(id)))) {
                    lines.append(line)
                }
            }
        }
        return lines
    }
}
