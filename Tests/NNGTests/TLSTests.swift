import NNG
import Testing
import WeirTestSupport

@Suite struct TLSTests {
    /// Serves an echo with the node's credentials.
    private func withServer(_ credentials: TLSCredentials, _ body: (String) async throws -> Void) async throws {
        let server = try ReplySocket(tls: try credentials.serverContexts)
        let url = try server.listen("tls+tcp://127.0.0.1:0")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.serve { $0 } }
            defer { server.close() }
            try await body(url)
        }
    }

    /// Whether a client with the credentials gets an answer.
    private func expect(
        _ url: String,
        _ credentials: TLSCredentials,
        isAnswered: Bool,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let client = try RequestSocket(url, tls: credentials)
        defer { client.close() }
        let reply = try? await client.request([1, 2, 3], timeout: isAnswered ? .seconds(20) : .seconds(1))
        #expect(reply == (isAnswered ? [1, 2, 3] : nil), sourceLocation: location)
    }

    @Test func peersWithCertificatesOfOneAuthorityTalk() async throws {
        let certificates = try Certificates()
        try await withServer(try certificates.credentials(of: "node")) { url in
            #expect(!url.hasSuffix(":0"))
            try await expect(url, try certificates.credentials(of: "client"), isAnswered: true)
            try await expect(url, try certificates.credentials(of: "node"), isAnswered: true)
        }
    }

    @Test func aClientWithoutACertificateIsRefusedWhenTheListenerHasAnAuthority() async throws {
        let certificates = try Certificates()
        var strict = try certificates.credentials(of: "node")
        let bare = TLSCredentials(authorities: try certificates.text("ca.pem"))
        try await withServer(strict) { url in
            try await expect(url, bare, isAnswered: false)
        }
        strict.authorities = nil
        try await withServer(strict) { url in
            try await expect(url, bare, isAnswered: true)
        }
    }

    @Test func certificatesOfAnotherAuthorityAreRefusedOnBothSides() async throws {
        let certificates = try Certificates()
        let others = try Certificates()
        try await withServer(try certificates.credentials(of: "node")) { url in
            var foreign = try others.credentials(of: "client")
            try await expect(url, foreign, isAnswered: false)
            foreign = try certificates.credentials(of: "client")
            foreign.authorities = try others.text("ca.pem")
            try await expect(url, foreign, isAnswered: false)
        }
    }

    @Test func certificatesThatHaveEndedAreRefusedOnBothSides() async throws {
        let certificates = try Certificates()
        let good = (node: try certificates.credentials(of: "node"), client: try certificates.credentials(of: "client"))
        try certificates.expire("client")
        try certificates.expire("node")
        try await withServer(good.node) { url in
            try await expect(url, try certificates.credentials(of: "client"), isAnswered: false)
            try await expect(url, good.client, isAnswered: true)
        }
        try await withServer(try certificates.credentials(of: "node")) { url in
            try await expect(url, good.client, isAnswered: false)
        }
    }

    @Test func aListenerWithAnotherNameIsRefused() async throws {
        let certificates = try Certificates()
        try await withServer(try certificates.credentials(of: "node")) { url in
            var client = try certificates.credentials(of: "client")
            client.peerName = "elsewhere"
            try await expect(url, client, isAnswered: false)
            client.peerName = "localhost"
            try await expect(url, client, isAnswered: true)
        }
    }

    @Test func missingCredentialsAreAnErrorThatSaysWhich() throws {
        #expect {
            try ReplySocket().listen("tls+tcp://127.0.0.1:0")
        } throws: { error in
            "\(error)".contains("a certificate and its key are needed") && "\(error)".contains("check the paths")
        }
        #expect { try RequestSocket("tls+tcp://127.0.0.1:1") } throws: { error in
            "\(error)".contains("authority is needed")
        }
        let broken = TLSCredentials(authorities: "no PEM", certificate: "no PEM", key: "no PEM")
        #expect {
            try RequestSocket("tls+tcp://127.0.0.1:1", tls: broken)
        } throws: { error in
            "\(error)".contains("read authorities")
        }
    }
}
