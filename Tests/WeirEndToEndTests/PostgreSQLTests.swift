import Foundation
import Testing
import WeirTestSupport

@Suite(.enabled(if: PostgreSQLServer.isInstalled, Comment(rawValue: PostgreSQLServer.hint)))
struct PostgreSQLTests {
    @Test func recordsAreInPostgreSQLOnceThroughCrashesOfServerAndExecutor() throws {
        let server = try PostgreSQLServer()
        let cluster = try RunningCluster(
            executors: 2,
            streaming: ["max_lateness: unlimited", "dedup_horizon: unlimited"],
            intents: ["retry_policy:", "  attempts_max: 1000", "  backoff_initial_ms: 10", "  backoff_max_ms: 200"],
            node: [
                "executor:", "  postgresql: \"\(server.connection)\"", "  sink_timeout_ms: 500",
                "coordinator:", "  node_timeout_ms: 1000", "  lease_duration_ms: 1000",
            ]
        )
        let parts = try RunningCluster.golden("messy").split(into: 3)
        try cluster.send(parts[0], to: 1)
        try cluster.awaitThat("windows are stored") { try server.query("select to_regclass('weir.windows')") != [] }
        server.crash()
        try cluster.send(parts[1], to: 2)
        cluster.executors[0].kill()
        try server.start()
        try cluster.executors[0].start()
        server.pause()
        try cluster.send(parts[2], to: 1)
        try cluster.awaitThat("status names the server that hangs") {
            try cluster.ctl(["status"]).output.contains("no answer in time")
        }
        server.resume()
        try cluster.flush()
        try cluster.awaitThat("all intents are carried out") {
            let states = try cluster.rows(["intents", "--limit", "100000"]).map { $0["state"] as? String }
            return !states.isEmpty && states.allSatisfy { $0 == "completed" }
        }
        let intents = try cluster.rows(["intents", "--limit", "100000"]).compactMap { $0["intent_id"] as? String }
        #expect(try Set(server.query("select intent_id from weir.intents")) == Set(intents))
        #expect(try server.query("select count(*) from weir.windows") == ["\(intents.count)"])
        try GoldenComparison.expect(
            "messy",
            server.query("select record from weir.latest_windows").joined(separator: "\n") + "\n"
        )
        let models = try server.query(
            "select sum(total_generations) from weir.latest_models where window_type = 'monthly'"
        )
        #expect(
            try server.query(
                "select sum(successful_generations) from weir.latest_windows where window_type = 'monthly'"
            ) == models
        )
    }

    @Test func aServerThatIsNotThereIsNamedByStatusUntilItIs() throws {
        let server = try PostgreSQLServer()
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 1,
            streaming: ["max_lateness: unlimited", "dedup_horizon: unlimited"],
            intents: ["retry_policy:", "  attempts_max: 1000", "  backoff_initial_ms: 10", "  backoff_max_ms: 200"],
            node: ["executor:", "  postgresql: \"\(server.connection)\""]
        )
        server.crash()
        try cluster.send(RunningCluster.golden("basic"), to: 1)
        // The flush would wait for the intents.
        try cluster.awaitThat("status names the sink") {
            let text = try cluster.ctl(["status"]).output
            return text.contains("postgresql://") && text.contains("see that the server runs")
        }
        try server.start()
        try cluster.flush()
        try cluster.awaitThat("all is well") { try !cluster.ctl(["status"]).output.contains("postgresql://") }
        try GoldenComparison.expect(
            "basic",
            server.query("select record from weir.latest_windows").joined(separator: "\n") + "\n"
        )
    }

    @Test func aPasswordInTheConfigurationIsRefusedAndNotRepeated() throws {
        let folder = try TemporaryDirectory()
        let file = folder.path + "/weir.yaml"
        try "executor:\n  postgresql: \"postgresql://weir:hunter2@db/metrics\"\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        for arguments in [["config", "check", file], ["config", "show", file]] {
            let command = try Command("weirctl", arguments)
            #expect(command.status != 0)
            #expect(!(command.output + command.errors).contains("hunter2"), "\(command.output)\(command.errors)")
        }
    }
}
