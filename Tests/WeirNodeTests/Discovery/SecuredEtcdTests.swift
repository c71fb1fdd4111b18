import Foundation
import Testing
import WeirTestSupport

@testable import WeirNode

/// A real etcd with users, and with TLS on both sides.
@Suite(.enabled(if: EtcdServer.isInstalled, Comment(rawValue: EtcdServer.hint)))
struct SecuredEtcdTests {
    private let prefix = NodeConfiguration.Discovery.prefixDefault
    private let files: TemporaryDirectory

    init() throws { files = try TemporaryDirectory() }

    /// A configuration with the user, whose password is in a file.
    private func configuration(password: String) throws -> NodeConfiguration.Discovery {
        var configuration = NodeConfiguration.Discovery()
        configuration.etcdUser = "weir"
        configuration.etcdPasswordFile = files.path + "/password"
        try write(password: password)
        return configuration
    }

    private func write(password: String) throws {
        try (password + "\n").write(toFile: files.path + "/password", atomically: true, encoding: .utf8)
    }

    /// A configuration with the files of an authority.
    private func configuration(
        _ certificates: Certificates,
        hasCertificate: Bool = true
    ) -> NodeConfiguration.Discovery {
        var configuration = NodeConfiguration.Discovery()
        configuration.tlsAuthority = certificates.path("ca.pem")
        if hasCertificate {
            configuration.tlsCertificate = certificates.path("client.pem")
            configuration.tlsKey = certificates.path("client.key")
        }
        return configuration
    }

    private func registry(_ etcd: EtcdServer, _ configuration: NodeConfiguration.Discovery) throws -> EtcdRegistry {
        try EtcdRegistry([URL(string: etcd.url)!], name: "c1", controlURL: "tcp://10.0.0.5:7700", configuration)
    }

    private func gateway(_ etcd: EtcdServer, _ configuration: NodeConfiguration.Discovery) throws -> EtcdGateway {
        try EtcdGateway([URL(string: etcd.url)!], configuration)
    }

    private func known(_ etcd: EtcdServer, _ configuration: NodeConfiguration.Discovery) async -> [String] {
        await CoordinatorDirectory("etcd+" + etcd.url, configuration, log: nil).refresh()
    }

    /// What is said when etcd refuses.
    private func failure(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "no failure"
        } catch {
            return "\(error)"
        }
    }

    // MARK: - Users

    @Test func aUserAnnouncesAndFindsAndOutlivesItsToken() async throws {
        let etcd = try await EtcdServer()
        try etcd.secure(user: "weir", password: "sesame", prefix: prefix)
        let configuration = try configuration(password: "sesame")
        let registry = try registry(etcd, configuration)
        try await registry.announce()
        #expect(await known(etcd, configuration) == ["tcp://10.0.0.5:7700"])
        // Tokens are in the memory of etcd's members alone: none is good any more, while the lease goes on.
        etcd.crash()
        try await etcd.start()
        try await registry.announce()
        #expect(await known(etcd, configuration) == ["tcp://10.0.0.5:7700"])
        try await registry.withdraw()
        #expect(await known(etcd, configuration).isEmpty)
    }

    @Test func aPasswordThatWasChangedIsReadAgain() async throws {
        let etcd = try await EtcdServer()
        try etcd.secure(user: "weir", password: "sesame", prefix: prefix)
        let configuration = try configuration(password: "sesame")
        let gateway = try gateway(etcd, configuration)
        let lease = try await gateway.grantLease(seconds: 60)
        try await gateway.put("one", as: "a", under: prefix, lease: lease)
        try etcd.change("weir", password: "simsim")
        let refusal = await failure { _ = try await gateway.values(under: prefix) }
        #expect(refusal.contains("the user weir with this password"), "\(refusal)")
        try write(password: "simsim")
        #expect(try await gateway.values(under: prefix) == ["one"])
        try await gateway.revokeLease(lease)
    }

    @Test func aWrongPasswordIsSaidToBeAndIsNotInTheMessage() async throws {
        let etcd = try await EtcdServer()
        try etcd.secure(user: "weir", password: "sesame", prefix: prefix)
        let registry = try registry(etcd, try configuration(password: "open barley"))
        for _ in 0..<2 {
            let refusal = await failure { try await registry.announce() }
            #expect(refusal.contains("the user weir"), "\(refusal)")
            #expect(refusal.contains("discovery.etcd_password_file"), "\(refusal)")
            #expect(!refusal.contains("barley") && !refusal.contains("consul"), "\(refusal)")
        }
        // Once it is mended, nothing waits.
        try write(password: "sesame")
        try await registry.announce()
    }

    @Test func whoGivesNoUserIsToldToGiveOne() async throws {
        let etcd = try await EtcdServer()
        try etcd.secure(user: "weir", password: "sesame", prefix: prefix)
        let refusal = await failure { try await registry(etcd, .init()).announce() }
        #expect(refusal.contains("discovery.etcd_username"), "\(refusal)")
        // An operator's question says it too, instead of that nobody is there.
        let client = try AdminClient(url: "etcd+" + etcd.url, timeout: .milliseconds(300))
        defer { client.close() }
        let answer = await failure { _ = try await client.ask(.status) }
        #expect(answer.contains("discovery.etcd_username"), "\(answer)")
    }

    @Test func whoLacksARightIsToldWhoseAndOnWhichKeysAndHowToGrantIt() async throws {
        let etcd = try await EtcdServer()
        try etcd.secure(user: "weir", password: "sesame", prefix: prefix)
        let configuration = try configuration(password: "sesame")
        let gateway = try gateway(etcd, configuration)
        let announced = try registry(etcd, configuration)
        try await announced.announce()

        let look = await failure { _ = try await gateway.values(under: "/other/") }
        #expect(look.contains("the user weir may not read the keys that begin with /other/"), "\(look)")
        #expect(look.contains("etcdctl role grant-permission ROLE read --prefix /other/"), "\(look)")
        let key = EtcdLease.key(prefix: prefix)
        let election = await failure { _ = try await gateway.ballot(key) }
        #expect(election.contains("read and write the key /weir/coordinators-leader"), "\(election)")

        try etcd.revoke(prefix, from: "weir")
        let announcement = await failure { try await registry(etcd, configuration).announce() }
        #expect(announcement.contains("the user weir may not write the key /weir/coordinators/c1"), "\(announcement)")
        #expect(announcement.contains("readwrite --prefix /weir/coordinators/"), "\(announcement)")
        let end = await failure { try await announced.withdraw() }
        #expect(end.contains("the user weir may not make, prolong or end a lease with its keys"), "\(end)")
    }

    @Test func usersMayBeSwitchedOnAndOffWhileANodeRuns() async throws {
        let etcd = try await EtcdServer()
        let configuration = try configuration(password: "sesame")
        let gateway = try gateway(etcd, configuration)
        let lease = try await gateway.grantLease(seconds: 60)
        try await gateway.put("one", as: "a", under: prefix, lease: lease)
        try etcd.secure(user: "weir", password: "sesame", prefix: prefix)
        #expect(try await gateway.values(under: prefix) == ["one"])
        try etcd.disableUsers()
        #expect(try await gateway.values(under: prefix) == ["one"])
    }

    @Test func theProofOfWhoAsksIsPartOfTheTimeThatAnAnswerMayTake() async throws {
        let etcd = try await EtcdServer()
        try etcd.secure(user: "weir", password: "sesame", prefix: prefix)
        let gateway = try EtcdGateway(
            [URL(string: etcd.url)!],
            try configuration(password: "sesame"),
            timeout: .seconds(2)
        )
        etcd.pause()
        let began = ContinuousClock.now
        let refusal = await failure { _ = try await gateway.values(under: prefix) }
        // That of two questions would be twice as long.
        #expect(ContinuousClock.now - began < .seconds(4))
        #expect(refusal.contains("gives no answer"), "\(refusal)")
        etcd.resume()
    }

    @Test func aUserWithoutAPasswordIsRefusedAtTheStart() async throws {
        var configuration = NodeConfiguration.Discovery()
        configuration.etcdUser = "weir"
        let url = URL(string: "http://127.0.0.1:1")!
        let none = await failure { _ = try EtcdGateway([url], configuration) }
        #expect(none.contains("WEIR_DISCOVERY_ETCD_PASSWORD"), "\(none)")
        configuration.etcdPasswordFile = "/nowhere/password"
        let missing = await failure { _ = try EtcdGateway([url], configuration) }
        #expect(missing.contains("discovery.etcd_password_file: /nowhere/password can't be read"), "\(missing)")
    }

    // MARK: - Certificates

    @Test func aNodeWithACertificateAndAUserIsKnownWhereEtcdAsksForBoth() async throws {
        let certificates = try Certificates()
        let etcd = try await EtcdServer(certificates: certificates)
        var configuration = configuration(certificates)
        try await registry(etcd, configuration).announce()
        #expect(await known(etcd, configuration) == ["tcp://10.0.0.5:7700"])
        try etcd.secure(user: "weir", password: "sesame", prefix: prefix)
        // The gateway takes no name in a certificate for a user's, and with users refuses certificates that have one.
        let named = await failure { try await registry(etcd, configuration).announce() }
        #expect(named.contains("a CN") && named.contains("discovery.tls_certificate"), "\(named)")
        try certificates.dropCommonName(of: "client")
        let nobody = await failure { try await registry(etcd, configuration).announce() }
        #expect(nobody.contains("discovery.etcd_username"), "\(nobody)")
        configuration.etcdUser = "weir"
        configuration.etcdPasswordFile = files.path + "/password"
        try write(password: "sesame")
        try await registry(etcd, configuration).announce()
    }

    @Test func withoutACertificateOrWithAnotherAuthoritysItIsSaidWhatToCheck() async throws {
        let (certificates, others) = (try Certificates(), try Certificates())
        let etcd = try await EtcdServer(certificates: certificates)
        let without = configuration(certificates, hasCertificate: false)
        var stranger = configuration(others)
        stranger.tlsAuthority = certificates.path("ca.pem")
        for configuration in [without, stranger] {
            let refusal = await failure { try await registry(etcd, configuration).announce() }
            #expect(refusal.contains("can't be spoken to over TLS"), "\(refusal)")
            #expect(refusal.contains("discovery.tls_certificate"), "\(refusal)")
        }
        // This node does not believe it.
        let refusal = await failure { try await registry(etcd, configuration(others)).announce() }
        #expect(refusal.contains("certificate verify failed"), "\(refusal)")
        #expect(refusal.contains("discovery.tls_ca"), "\(refusal)")
    }

    @Test func certificatesThatAreReplacedAreUsedWithoutARestart() async throws {
        let (certificates, others) = (try Certificates(), try Certificates())
        let etcd = try await EtcdServer(certificates: certificates)
        let names = ["ca.pem", "client.pem", "client.key"]
        var configuration = NodeConfiguration.Discovery()
        configuration.tlsAuthority = files.path + "/ca.pem"
        configuration.tlsCertificate = files.path + "/client.pem"
        configuration.tlsKey = files.path + "/client.key"
        try others.put(names, in: files)
        let tls = try RegistryTLS(configuration, for: "etcd", log: nil)
        let before = tls.configuration
        // One of two files is new: they do not fit, and what was there before is used.
        try certificates.put(["client.pem"], in: files)
        tls.renew()
        #expect(tls.configuration.bestEffortEquals(before))
        #expect("\(try #require(tls.obstacle))".contains("can't be used together"))
        try certificates.put(names, in: files)
        tls.renew()
        #expect(tls.obstacle == nil)
        #expect(!tls.configuration.bestEffortEquals(before))
        let gateway = try gateway(etcd, configuration)
        #expect(try await gateway.values(under: prefix).isEmpty)
    }

    @Test func filesThatDoNotFitAreRefusedAtTheStart() async throws {
        let certificates = try Certificates()
        var configuration = configuration(certificates)
        configuration.tlsKey = certificates.path("node.key")
        let mixed = await failure { _ = try EtcdGateway([URL(string: "https://127.0.0.1:1")!], configuration) }
        #expect(mixed.contains("discovery.tls_key") && mixed.contains("can't be used together"), "\(mixed)")
        configuration.tlsKey = "/nowhere/key"
        let missing = await failure { _ = try EtcdGateway([URL(string: "https://127.0.0.1:1")!], configuration) }
        #expect(missing.contains("discovery.tls_key: /nowhere/key can't be read"), "\(missing)")
    }
}
