import ArgumentParser
import Foundation
import WeirNode
import WeirWire

struct Drain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a worker or an ingest out of service, or back in.",
        discussion: """
            A drained worker stays connected and owns no shard. A drained ingest answers producers with "retry", and what it has on disk is \
            committed. The cluster remembers, also over restarts, until --undo. The command waits until the node may be stopped, unless --no-wait.

            Examples:
              weirctl drain worker-2 --dry-run
              weirctl drain worker-2 --yes
              weirctl drain ingest-1 --yes && systemctl stop weir-ingest@ingest-1
              weirctl drain --undo worker-2 --yes
            """
    )

    @OptionGroup var connection: Connection
    @OptionGroup var confirmation: Confirmation

    @Argument(help: "Name of the node, as weirctl nodes lists it.")
    var node: String

    @Flag(help: "Take the node back into service.")
    var undo = false

    @Flag(name: .customLong("no-wait"), help: "Return at once, and not when the node owns nothing any more.")
    var noWait = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        let name = try NodeName(argument: node)
        try confirmation.require(undo ? "take \(node) back into service" : "drain \(node)")
        let data = try await connection.ask(.drain(name, undo: undo, isDryRun: confirmation.dryRun))
        if !confirmation.dryRun, !undo, !noWait { try await awaitEmpty() }
        if json {
            print(String(decoding: data, as: UTF8.self))
            return
        }
        try JSONText(text: Array(data)).decoded(Moves.self).show()
        if !confirmation.dryRun, !undo, !noWait { print("\(node) owns nothing any more; it may be stopped") }
    }

    private static let pause = Duration.milliseconds(100)

    /// Until the node owns no shard and has no frame that is not committed, or is gone.
    private func awaitEmpty() async throws {
        let end = ContinuousClock.now + .milliseconds(Int64((connection.timeout ?? 60) * 1000))
        while true {
            let nodes = try JSONText.elements(of: try await connection.ask(.nodes)).map {
                try $0.decoded(Nodes.Node.self)
            }
            guard let this = nodes.first(where: { $0.name == node }) else { return }
            if this.state == "drained" { return }
            guard ContinuousClock.now < end else {
                throw Failure(
                    "\(node) is drained, but still has \(this.shards ?? 0) shards and \(this.lag ?? 0) frames to commit; see weirctl nodes"
                )
            }
            try await Task.sleep(for: Self.pause)
        }
    }
}
