import Foundation
import Logging
import Testing
import WeirTestSupport

@testable import WeirNode

@Suite struct ConsulTests {
    private let service = NodeConfiguration.Discovery.serviceDefault

    private func announcement(controlURL: String? = nil) -> Announcement {
        Announcement(name: "c1", nodeID: "4711", role: "coordinator", controlURL: controlURL, contract: .init())
    }

    private func registry(
        _ consul: ConsulDouble,
        controlURL: String? = "tcp://10.0.0.5:7700",
        http: String = "10.0.0.5:8063",
        _ configuration: NodeConfiguration.Discovery = .init()
    ) throws -> ConsulRegistry {
        try ConsulRegistry(
            URL(string: consul.url)!,
            announcement(controlURL: controlURL),
            http: HostAndPort(http)!,
            configuration
        )
    }

    @Test func aNodeIsRegisteredWithItsCheckAndTags() async throws {
        let consul = try ConsulDouble()
        let registry = try registry(consul)
        try await registry.announce()
        let instance = try #require(try await consul.instances(of: service).first)
        #expect(instance.id == "omninode-bridge-codegen-metrics-reducer-4711")
        #expect(instance.address == "10.0.0.5" && instance.port == 8063)
        #expect(instance.checkURL == "http://10.0.0.5:8063/health")
        #expect(instance.checkInterval == "30s" && instance.checkTimeout == "5s")
        for tag in [
            "onex", "bridge", "omninode_bridge", "codegen-metrics-reducer", "node_type:codegen-metrics-reducer",
        ] {
            #expect(instance.tags.contains(tag), "\(tag)")
        }
        #expect(instance.tags.contains("role:coordinator") && instance.tags.contains("window_type:hourly"))
        #expect(instance.meta["weir_control_url"] == "tcp://10.0.0.5:7700")
        try await registry.withdraw()
        #expect(try await consul.instances(of: service).isEmpty)
        // A second time is no error: what is to be is.
        try await registry.withdraw()
    }

    @Test func aNodeWithHTTPSIsCheckedOverHTTPS() async throws {
        let consul = try ConsulDouble()
        let registry = try ConsulRegistry(
            URL(string: consul.url)!,
            announcement(),
            http: HostAndPort("10.0.0.5:8063")!,
            hasTLS: true,
            .init()
        )
        try await registry.announce()
        #expect(try await consul.instances(of: service).first?.checkURL == "https://10.0.0.5:8063/health")
    }

    @Test func anAgentThatForgotIsToldAgain() async throws {
        let consul = try ConsulDouble()
        let registry = try registry(consul)
        try await registry.announce()
        try await registry.announce()
        try consul.restart()
        #expect(try await consul.instances(of: service).isEmpty)
        try await registry.announce()
        #expect(try await consul.instances(of: service).count == 1)
    }

    @Test func theTokenIsReadFromItsFileAndARefusalNamesTheSetting() async throws {
        let consul = try ConsulDouble(token: "open sesame")
        await #expect {
            try await registry(consul).announce()
        } throws: {
            "\($0)".contains("discovery.consul_token_file") && "\($0)".contains("lacks permission")
        }
        let directory = try TemporaryDirectory()
        let file = directory.path + "/token"
        try "open sesame\n".write(toFile: file, atomically: true, encoding: .utf8)
        var configuration = NodeConfiguration.Discovery()
        configuration.consulTokenFile = file
        try await registry(consul, configuration).announce()
        #expect(try await consul.instances(of: service, token: "open sesame").count == 1)
    }

    @Test func anAgentThatAsksForACertificateIsShownOne() async throws {
        let certificates = try Certificates()
        let consul = try ConsulDouble(certificates: certificates)
        var configuration = NodeConfiguration.Discovery()
        configuration.tlsAuthority = certificates.path("ca.pem")
        await #expect {
            try await registry(consul, configuration).announce()
        } throws: {
            "\($0)".contains("discovery.tls_certificate")
        }
        configuration.tlsCertificate = certificates.path("client.pem")
        configuration.tlsKey = certificates.path("client.key")
        try await registry(consul, configuration).announce()
        let source = "consul+https://127.0.0.1:\(consul.port)"
        #expect(await CoordinatorDirectory(source, configuration, log: nil).refresh() == ["tcp://10.0.0.5:7700"])
    }

    @Test func coordinatorsAreFoundByTheirMetadata() async throws {
        let consul = try ConsulDouble()
        try await registry(consul).announce()
        var configuration = NodeConfiguration.Discovery()
        let worker = Announcement(name: "w1", nodeID: "4712", role: "worker", controlURL: nil, contract: .init())
        try await ConsulRegistry(URL(string: consul.url)!, worker, http: HostAndPort("10.0.0.6:8063")!, configuration)
            .announce()
        let source = "consul+http://127.0.0.1:\(consul.port)"
        let directory = CoordinatorDirectory("tcp://10.0.0.4:7700,\(source)", configuration, log: nil)
        #expect(directory.known == ["tcp://10.0.0.4:7700"])
        #expect(await directory.refresh() == ["tcp://10.0.0.4:7700", "tcp://10.0.0.5:7700"])
        configuration.consulService = "other"
        #expect(await CoordinatorDirectory(source + "/other", configuration, log: nil).refresh().isEmpty)
    }

    @Test func whatWasFoundStaysWhileConsulIsAway() async throws {
        let consul = try ConsulDouble()
        try await registry(consul).announce()
        let directory = CoordinatorDirectory("consul+http://127.0.0.1:\(consul.port)", .init(), log: nil)
        #expect(await directory.refresh() == ["tcp://10.0.0.5:7700"])
        consul.stop()
        #expect(await directory.refresh() == ["tcp://10.0.0.5:7700"])
    }
}
