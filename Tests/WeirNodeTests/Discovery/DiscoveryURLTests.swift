import Foundation
import Testing

@testable import WeirNode

@Suite struct DiscoveryURLTests {
    @Test func sourcesOfCoordinatorsAreReadFromURLs() {
        let service = "omninode-bridge-codegen-metrics-reducer"
        #expect(DiscoveryURL("dns+tcp://coordinators:7700") == .dns(scheme: "tcp", host: "coordinators", port: 7700))
        #expect(
            DiscoveryURL("dns+tls+tcp://c.weir.svc:7700") == .dns(scheme: "tls+tcp", host: "c.weir.svc", port: 7700)
        )
        let agent = URL(string: "http://127.0.0.1:8500")!
        #expect(DiscoveryURL("consul+http://127.0.0.1:8500") == .consul(agent: agent, service: service))
        #expect(DiscoveryURL("consul+http://127.0.0.1:8500/other") == .consul(agent: agent, service: "other"))
        let gateway = URL(string: "https://[::1]:2379")!
        #expect(DiscoveryURL("etcd+https://[::1]:2379") == .etcd(gateway: gateway, prefix: "/weir/coordinators/"))
        #expect(DiscoveryURL("etcd+https://[::1]:2379/a/b/") == .etcd(gateway: gateway, prefix: "/a/b/"))
    }

    @Test(arguments: [
        "tcp://127.0.0.1:7700", "dns+tcp://:7700", "dns+tcp://host", "dns+tcp://host:0", "dns+ipc://host:1",
        "dns://host:1",
        "consul+http://host", "consul+http://host:1/a/b", "consul://host:1", "etcd+ftp://host:1", "etcd+http://ho st:1",
        "",
    ])
    func whatIsNoSourceIsNone(_ text: String) {
        #expect(DiscoveryURL(text) == nil)
    }
}
