import Foundation
import Testing
import WeirTestSupport

@testable import WeirNode

@Suite struct EtcdTests {
    @Test(.enabled(if: EtcdServer.isInstalled, Comment(rawValue: EtcdServer.hint)))
    func aCoordinatorIsFoundWhileItsLeaseLasts() async throws {
        let etcd = try await EtcdServer()
        let configuration = NodeConfiguration.Discovery()
        let server = URL(string: etcd.url)!
        let directory = { () -> CoordinatorDirectory in
            CoordinatorDirectory(etcd.url.replacing("http://", with: "etcd+http://"), configuration, log: nil)
        }
        let first = try EtcdRegistry([server], name: "c1", controlURL: "tcp://10.0.0.5:7700", configuration)
        let second = try EtcdRegistry([server], name: "c2", controlURL: "tcp://10.0.0.6:7700", configuration)
        try await first.announce()
        try await second.announce()
        #expect(await directory().refresh() == ["tcp://10.0.0.5:7700", "tcp://10.0.0.6:7700"])
        // Still there, after a crash of etcd as well.
        etcd.crash()
        try await etcd.start()
        try await first.announce()
        #expect(await directory().refresh() == ["tcp://10.0.0.5:7700", "tcp://10.0.0.6:7700"])
        try await second.withdraw()
        #expect(await directory().refresh() == ["tcp://10.0.0.5:7700"])
    }

    @Test(.enabled(if: EtcdServer.isInstalled, Comment(rawValue: EtcdServer.hint)))
    func aLeaseThatEndedIsReplaced() async throws {
        let etcd = try await EtcdServer()
        let gateway = try EtcdGateway([URL(string: etcd.url)!], .init())
        let lease = try await gateway.grantLease(seconds: 60)
        try await gateway.put("one", as: "1", under: "/a/", lease: lease)
        #expect(try await gateway.renewLease(lease))
        #expect(try await gateway.values(under: "/a/") == ["one"])
        #expect(try await gateway.values(under: "/b/").isEmpty)
        try await gateway.revokeLease(lease)
        #expect(try await !gateway.renewLease(lease))
        #expect(try await gateway.values(under: "/a/").isEmpty)
    }
}
