import Foundation
import Testing
import WeirTestSupport

/// Nodes that are told no coordinator's URL, and find it all the same.
@Suite(.serialized) struct DiscoveryTests {
    private let service = "omninode-bridge-codegen-metrics-reducer"

    @Test func aClusterMeetsInConsulAndLeavesItInOrder() async throws {
        let consul = try ConsulDouble()
        let cluster = try RunningCluster(
            workers: 2,
            join: "consul+http://127.0.0.1:\(consul.port)",
            streaming: ProcessClusterTests.unlimited,
            node: ["discovery:", "  consul: \(consul.url)"]
        )
        let parts = try RunningCluster.golden("messy").split(into: 2)
        for (index, part) in parts.enumerated() { try cluster.send(part, to: index + 1) }
        try cluster.flush()
        try cluster.expectGolden("messy")
        // All are there, each with a check that Consul made and found well.
        try await awaitThat("six instances are healthy") {
            let all = try await consul.instances(of: service)
            return all.count == 6 && all.allSatisfy { $0.status == "passing" }
        }
        let all = try await consul.instances(of: service)
        #expect(Set(all.compactMap { $0.meta["weir_role"] }) == ["coordinator", "ingest", "worker", "executor"])
        #expect(all.filter { $0.meta["weir_control_url"] != nil }.count == 1)
        let (status, seconds) = cluster.workers[0].stop()
        #expect(status == 0 && seconds < 10)
        #expect(try await consul.instances(of: service).count == 5)
        // Consul is started anew and knows nobody: they tell it again.
        try consul.restart()
        try await awaitThat("five instances are left") { try await consul.instances(of: service).count == 5 }
    }

    @Test func aNodeStartsWithoutConsul() async throws {
        let consul = try ConsulDouble()
        consul.stop()
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 1,
            node: ["discovery:", "  consul: \(consul.url)"]
        )
        try awaitThat("the log warns") { cluster.coordinator.log.contains("can't be made known in Consul") }
        try cluster.awaitThat("the cluster works") { try cluster.status()["epoch"] as? Int == 1 }
        try consul.restart()
        try await awaitThat("four instances are left") { try await consul.instances(of: service).count == 4 }
    }

    @Test(.enabled(if: EtcdServer.isInstalled, Comment(rawValue: EtcdServer.hint)))
    func aClusterMeetsInAnEtcdThatAsksForAUserAndACertificate() async throws {
        let certificates = try Certificates()
        let etcd = try await EtcdServer(certificates: certificates)
        try etcd.secure(user: "weir", password: "open-sesame", prefix: "/weir/coordinators/")
        try certificates.dropCommonName(of: "client")
        let files = try TemporaryDirectory()
        try "open-sesame\n".write(toFile: files.path + "/password", atomically: true, encoding: .utf8)
        let settings = [
            ("etcd_username", "weir"), ("etcd_password_file", files.path + "/password"),
            ("tls_ca", certificates.path("ca.pem")), ("tls_certificate", certificates.path("client.pem")),
            ("tls_key", certificates.path("client.key")),
        ]
        let source = "etcd+" + etcd.url
        // It waits until all are ready, and so have found the coordinator.
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 1,
            join: source,
            node: ["discovery:", "  etcd: \(etcd.url)"] + settings.map { "  \($0): \($1)" }
        )
        let variables = settings.map { "WEIR_DISCOVERY_\($0.uppercased())=\($1)" }
        let weirctl = Command.programs.appending(path: "weirctl").path
        let status = try Command("/usr/bin/env", variables + [weirctl, "status", "--to", source])
        #expect(status.status == 0, "\(status.errors)")
        let stranger = try Command("weirctl", ["status", "--to", source, "--timeout", "0.5"])
        #expect(stranger.status == 1)
        #expect(stranger.errors.contains("discovery.tls_ca"), "\(stranger.errors)")
        let shown = try Command(
            "weir",
            ["coordinator", "--config", cluster.directory.path + "/weir.yaml", "--print-config"]
        )
        #expect(shown.output.contains("etcd_username: weir") && !shown.output.contains("open-sesame"))
        for role in [cluster.coordinator] + cluster.ingests + cluster.workers + cluster.executors {
            #expect(!role.log.contains("open-sesame"))
        }
    }

    @Test(.enabled(if: EtcdServer.isInstalled, Comment(rawValue: EtcdServer.hint)))
    func aClusterMeetsInEtcdAndFindsACoordinatorThatMoved() async throws {
        let etcd = try await EtcdServer()
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 2,
            join: etcd.url.replacingOccurrences(of: "http://", with: "etcd+http://"),
            streaming: ProcessClusterTests.unlimited,
            node: ["discovery:", "  etcd: \(etcd.url)"]
        )
        let parts = try RunningCluster.golden("messy").split(into: 2)
        try cluster.send(parts[0], to: 1)
        // It comes back at another address: nobody was told but etcd.
        cluster.coordinator.kill()
        let folder = cluster.directory.path
        let moved = try RunningRole(
            "moved",
            [
                "coordinator", "--name", "c", "--listen", "ipc://\(folder)/elsewhere.sock", "--data", "\(folder)/c",
                "--config",
                "\(folder)/weir.yaml", "--http", "127.0.0.1:0",
            ],
            folder: folder
        )
        try moved.awaitReady()
        try cluster.send(parts[1], to: 1)
        try cluster.flush()
        try cluster.expectGolden("messy")
    }
}
