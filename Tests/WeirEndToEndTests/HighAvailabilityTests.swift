import Foundation
import Testing
import WeirTestSupport

/// Coordinators whose store is in PostgreSQL: alone, and two of which one leads.
@Suite(.serialized, .enabled(if: PostgreSQLServer.isInstalled, Comment(rawValue: PostgreSQLServer.hint)))
struct HighAvailabilityTests {
    /// Where the leader is elected.
    enum Election: Sendable {
        case database
        case etcd

        static var all: [Self] { EtcdServer.isInstalled ? [.database, .etcd] : [.database] }
    }

    /// - Parameter etcd: in which the leader is elected; nil for the database.
    private func cluster(
        _ server: PostgreSQLServer,
        electedIn etcd: EtcdServer? = nil,
        hasStandby: Bool = true,
        storeTimeout: Duration = .seconds(2)
    ) throws -> RunningCluster {
        let election = etcd.map { ["  leader_lease: etcd", "discovery:", "  etcd: \($0.url)"] } ?? []
        return try RunningCluster(
            executors: 2,
            hasStandby: hasStandby,
            streaming: ProcessClusterTests.unlimited,
            node: [
                "worker:", "  commit_interval_ms: 100", "  commit_timeout_ms: 1000",
                "coordinator:", "  store: postgresql", "  postgresql: \"\(server.connection)\"",
                "  node_timeout_ms: 1000", "  store_timeout_ms: \(Int(storeTimeout / .milliseconds(1)))",
            ] + election
        )
    }

    /// What `/ready` says of a coordinator; nil when it gives no answer.
    private func standing(of coordinator: RunningRole) async -> [String: Any]? {
        try? await HTTPAnswer(at: coordinator.http, "/ready").json()
    }

    private func role(of coordinator: RunningRole) async -> String? {
        await standing(of: coordinator)?["role"] as? String
    }

    /// The one that leads, and the other; waits until that is so.
    private func leaderAndStandby(_ cluster: RunningCluster) async throws -> (leader: RunningRole, standby: RunningRole)
    {
        let both = [cluster.coordinator, try #require(cluster.standby)]
        let end = Date().addingTimeInterval(30)
        while Date() < end {
            let roles = (await role(of: both[0]), await role(of: both[1]))
            if roles == ("leader", "standby") { return (both[0], both[1]) }
            if roles == ("standby", "leader") { return (both[1], both[0]) }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw PostgreSQLServer.Failure(description: "in 30 s no coordinator led: \(both[0].log.suffix(2000))")
    }

    /// Seconds until a coordinator leads.
    private func secondsUntilItLeads(_ coordinator: RunningRole) async throws -> Double {
        let began = ContinuousClock.now
        while await role(of: coordinator) != "leader" {
            try #require(
                ContinuousClock.now - began < .seconds(60),
                "it does not lead: \(coordinator.log.suffix(3000))"
            )
            try await Task.sleep(for: .milliseconds(20))
        }
        return (ContinuousClock.now - began) / .seconds(1)
    }

    /// All intents are carried out, and the records are those of the single-threaded answer.
    private func expectGolden(_ cluster: RunningCluster) throws {
        try cluster.flush()
        try cluster.expectGolden("messy")
        let tally = try cluster.tally()
        #expect(tally["accepted"] == tally["counted"]! + tally["duplicate"]! + tally["quarantined"]!)
    }

    @Test func aStoreInPostgreSQLGivesTheExpectedRecordsThroughCrashesOfTheServerAndTheCoordinator() throws {
        let server = try PostgreSQLServer()
        let cluster = try cluster(server, hasStandby: false)
        let parts = try RunningCluster.golden("messy").split(into: 4)
        try cluster.send(parts[0], to: 1)
        try cluster.awaitThat("something is stored") {
            try server.query("select 1 from weir_store.tally where count > 0 limit 1") == ["1"]
        }
        server.crash()
        try cluster.send(parts[1], to: 2)
        try server.start()
        cluster.coordinator.kill()
        try cluster.coordinator.start()
        try cluster.send(parts[2], to: 1)
        server.pause()
        try cluster.send(parts[3], to: 2)
        server.resume()
        try cluster.send(parts[2], to: 2)
        try cluster.coordinator.awaitReady()
        try cluster.awaitThat("the coordinator leads again") { try cluster.ctl(["status"]).status == 0 }
        try expectGolden(cluster)
    }

    /// Its thread waits for the store. Who asks it is to go on to the one that leads.
    @Test(arguments: Election.all)
    func aLeaderThatTheStoreGivesNoAnswerLeadsNoLongerOnceItsLeaseIsOver(_ election: Election) async throws {
        let server = try PostgreSQLServer()
        let etcd = election == .etcd ? try await EtcdServer() : nil
        let cluster = try cluster(server, electedIn: etcd, hasStandby: false, storeTimeout: .seconds(120))
        let parts = try RunningCluster.golden("messy").split(into: 2)
        try cluster.send(parts[0], to: 1)
        try cluster.awaitThat("something is stored") {
            try server.query("select 1 from weir_store.tally where count > 0 limit 1") == ["1"]
        }
        server.pause()
        try cluster.send(parts[1], to: 2)
        let end = ContinuousClock.now + .seconds(30)
        while await role(of: cluster.coordinator) == "leader", ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(await role(of: cluster.coordinator) == "standby")
        #expect(ContinuousClock.now < end, "it answered when the store's time was over")
        server.resume()
        try cluster.awaitThat("the coordinator leads again") { try cluster.ctl(["status"]).status == 0 }
        try expectGolden(cluster)
    }

    @Test(arguments: Election.all)
    func whenTheLeaderIsKilledUnderLoadTheStandbyLeadsWithinFiveSeconds(_ election: Election) async throws {
        let server = try PostgreSQLServer()
        let etcd = election == .etcd ? try await EtcdServer() : nil
        let cluster = try cluster(server, electedIn: etcd)
        let parts = try RunningCluster.golden("messy").split(into: 6)
        let (leader, standby) = try await leaderAndStandby(cluster)
        #expect(await standing(of: standby)?["leader"] as? String == leader.name)
        try cluster.send(parts[0], to: 1)
        // Events keep coming by another thread, before, at and after the end of the leader.
        let load = Task.detached { [cluster = Shared(cluster)] in
            for (number, part) in parts[1...4].enumerated() { try cluster.value.send(part, to: 1 + number % 2) }
        }
        leader.kill()
        let seconds = try await secondsUntilItLeads(standby)
        #expect(seconds < 5, "the standby led after \(seconds) s")
        try await load.value
        try cluster.send(parts[5], to: 1)
        try expectGolden(cluster)
        let status = try cluster.status()
        #expect((status["term"] as? Int).map { $0 >= 2 } == true, "\(status)")
        // The other one comes back as a standby, and leads when this one goes in order.
        try leader.start()
        try leader.awaitReady()
        #expect(await role(of: leader) == "standby")
        _ = standby.stop()
        #expect(try await secondsUntilItLeads(leader) < 5)
        try cluster.expectGolden("messy")
    }

    @Test(arguments: Election.all)
    func aLeaderThatStoodStillIsDeposedAndWhenItGoesOnNothingThatItHadBegunIsStored(_ election: Election) async throws {
        let server = try PostgreSQLServer()
        let etcd = election == .etcd ? try await EtcdServer() : nil
        let cluster = try cluster(server, electedIn: etcd)
        let parts = try RunningCluster.golden("messy").split(into: 4)
        for round in 0..<2 {
            let (leader, standby) = try await leaderAndStandby(cluster)
            try cluster.send(parts[2 * round], to: 1)
            leader.signal(SIGSTOP)
            let seconds = try await secondsUntilItLeads(standby)
            #expect(seconds < 10, "the standby led after \(seconds) s")
            try cluster.send(parts[2 * round + 1], to: 2)
            leader.signal(SIGCONT)
            let (next, former) = try await leaderAndStandby(cluster)
            #expect(next === standby && former === leader)
            #expect(former.log.contains("leads no longer"))
        }
        try expectGolden(cluster)
        // Asked by itself it says who leads.
        let (leader, standby) = try await leaderAndStandby(cluster)
        let folder = cluster.directory.path
        let answer = try Command(
            "weirctl",
            ["status", "--timeout", "1", "--to", "ipc://\(folder)/\(standby.name).sock"]
        )
        #expect(answer.status != 0 && answer.errors.contains("ipc://\(folder)/\(leader.name).sock"), "\(answer.errors)")
        let metrics = try await HTTPAnswer(at: standby.http, "/metrics").text
        #expect(metrics.contains("\nweir_coordinator_leads 0\n"))
    }

    @Test(.enabled(if: EtcdServer.isInstalled, Comment(rawValue: EtcdServer.hint)))
    func whileTheElectionsEtcdIsAwayNobodyLeadsAndNothingIsLost() async throws {
        let server = try PostgreSQLServer()
        let etcd = try await EtcdServer()
        let cluster = try cluster(server, electedIn: etcd)
        let parts = try RunningCluster.golden("messy").split(into: 4)
        let (leader, _) = try await leaderAndStandby(cluster)
        try cluster.send(parts[0], to: 1)
        // Away for less than the lease: the same leader, in the same term.
        let term = try cluster.status()["term"] as? Int
        etcd.crash()
        try await etcd.start()
        try cluster.send(parts[1], to: 2)
        #expect(try await leaderAndStandby(cluster).leader === leader)
        #expect(try cluster.status()["term"] as? Int == term)
        etcd.pause()
        for coordinator in [cluster.coordinator, try #require(cluster.standby)] {
            try await awaitThat("it does not lead, and says why") {
                let (role, reason) = (
                    await role(of: coordinator), await standing(of: coordinator)?["reason"] as? String
                )
                return role == "standby" && reason?.contains("etcd at \(etcd.url)") == true
            }
        }
        try cluster.send(parts[2], to: 1)
        etcd.resume()
        _ = try await leaderAndStandby(cluster)
        try cluster.send(parts[3], to: 2)
        try expectGolden(cluster)
    }

    /// Processes are started and ended by one thread; sending is of none of them.
    private struct Shared: @unchecked Sendable {
        let value: RunningCluster
        init(_ value: RunningCluster) { self.value = value }
    }
}
