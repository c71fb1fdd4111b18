import Foundation
import Testing
import WeirTestSupport

/// A cluster whose roles have secrets of their own.
@Suite(.serialized) struct RoleSecretsTests {
    private static let roles = ["coordinator", "ingest", "worker", "executor", "viewer", "operator", "admin"]

    private static func secret(of role: String) -> String { "the-secret-of-\(role)-0123456789abcdef" }

    private static func write(_ folder: String) throws {
        for role in roles {
            try (secret(of: role) + "\n").write(toFile: "\(folder)/\(role).secret", atomically: true, encoding: .utf8)
        }
    }

    /// What each node is told: all of them, of which it reads those that it needs.
    private static let arguments = roles.flatMap { ["--role-secret", "\($0)={folder}/\($0).secret"] }

    private func ctl(_ cluster: RunningCluster, _ arguments: [String], as role: String?) throws -> Command {
        try cluster.ctl(
            arguments + (role.map { ["--role-secret", "\($0)=\(cluster.directory.path)/\($0).secret"] } ?? [])
        )
    }

    @Test func aClusterWithSecretsOfRolesCountsAndObeysWhoMay() throws {
        let cluster = try RunningCluster(ingests: 2, workers: 2, own: Self.arguments, prepare: Self.write)
        let lines = try String(
            contentsOf: Command.package.appending(path: "Tests/Golden/basic.ndjson"),
            encoding: .utf8
        )
        .split(separator: "\n")
        try cluster.send(lines, to: 1)
        let flushed = try ctl(cluster, ["flush"], as: "operator")
        #expect(flushed.status == 0, "\(flushed.errors)")

        // Who proves nothing, or too little, is told what is needed; so is the log.
        for (arguments, role, parts) in [
            (["status"], nil, ["proves no role", "--role-secret"]),
            (["flush"], "viewer", ["flush needs the role operator", "role viewer"]),
            (["forget", "i2", "--yes"], "operator", ["forget needs the role admin", "role operator"]),
        ] as [([String], String?, [String])] {
            let refused = try ctl(cluster, arguments, as: role)
            #expect(refused.status == 1)
            for part in parts {
                #expect(refused.errors.contains(part), "\(part): \(refused.errors)")
                #expect(cluster.coordinator.log.contains(part), "\(part) is not logged")
            }
        }
        let status = try ctl(cluster, ["status", "--json"], as: "viewer")
        let json = try #require(JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any])
        let events = try #require(json["events"] as? [String: Any])
        #expect(events["accepted"] as? Int == lines.count)

        // No secret is told to anyone.
        let shown = try Command(
            "weir",
            ["worker", "--print-config", "--name", "x"]
                + Self.roles.flatMap { ["--role-secret", "\($0)=\(cluster.directory.path)/\($0).secret"] }
        )
        #expect(shown.status == 0)
        #expect(shown.output.contains("worker.secret"))
        let told = [cluster.coordinator] + cluster.workers + cluster.ingests + cluster.executors
        for text in told.map(\.log) + [shown.output, shown.errors, status.output] {
            #expect(!text.contains("the-secret-of-"))
        }
    }

    @Test func aNodeWithTheSecretOfAnotherRoleTakesNoPart() throws {
        let cluster = try RunningCluster(ingests: 1, workers: 1, own: Self.arguments, prepare: Self.write)
        let folder = cluster.directory.path
        // It knows the worker's secret, and says that it is an executor.
        let liar = try RunningRole(
            "liar",
            [
                "executor", "--name", "liar", "--join", cluster.control, "--listen", "ipc://\(folder)/liar.sock",
                "--data", "\(folder)/liar", "--role-secret", "executor=\(folder)/worker.secret",
            ],
            folder: folder
        )
        try cluster.awaitThat("the liar is refused") { liar.log.contains("another secret of the role executor") }
        #expect(cluster.coordinator.log.contains("another secret of the role executor"))
        #expect(liar.readyLine == nil)

        // One that lacks a secret that it needs says so, and does not start.
        let lacking = try Command(
            "weir",
            [
                "worker", "--name", "w9", "--join", cluster.control,
                "--role-secret", "worker=\(folder)/worker.secret",
            ]
        )
        #expect(lacking.status == 1)
        #expect(lacking.errors.contains("a worker needs the secret of the role ingest"))
    }
}
