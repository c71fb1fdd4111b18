import Synchronization
import Testing
import WeirCore
import WeirWire

@testable import WeirNode

/// Requests that prove a role, byte by byte, against the server's side of a line.
@Suite struct LineGuardTests {
    private static let worker = JoinSecret(Array("worker-worker-wo".utf8))!
    private static let ingest = JoinSecret(Array("ingest-ingest-in".utf8))!

    private static func secrets(_ secrets: [PeerRole: [JoinSecret]]) -> RoleSecrets {
        var roles = RoleSecrets()
        for (role, list) in secrets { roles[role] = list }
        return roles
    }

    private static func makeGuard(
        _ roles: [PeerRole: [JoinSecret]] = [.worker: [worker], .ingest: [ingest]],
        cluster: JoinSecret? = nil,
        purpose: JoinSecret.Purpose = .control
    ) -> LineGuard {
        LineGuard(seal: MessageSeal(secret: cluster, purpose: purpose), roles: secrets(roles))
    }

    /// What a server makes of a request: its answer, whom the handler was told, and why it was refused.
    private func ask(_ server: LineGuard, _ bytes: [UInt8]) async -> (
        reply: [UInt8], speaker: Speaker?, refusal: String?
    ) {
        var speaker: Speaker?
        var refusal: String?
        let reply = await server.answer(bytes, refused: { refusal = $0 }) { message, who in
            speaker = who
            return message.reversed()
        }
        return (reply, speaker, refusal)
    }

    private func session(_ server: LineGuard, _ role: PeerRole, _ secret: JoinSecret) async throws -> SessionToken {
        let hello = RoleEnvelope.seal([], as: role, with: secret, for: .control, in: .none, number: 0)
        guard case .session(let token) = try RoleEnvelope.open(await ask(server, hello.bytes).reply, to: hello) else {
            Issue.record("no session was handed out")
            return .none
        }
        return token
    }

    private func sealed(_ session: SessionToken, _ number: UInt64 = 1) -> RoleEnvelope.SealedRequest {
        RoleEnvelope.seal([1, 2, 3], as: .worker, with: Self.worker, for: .control, in: session, number: number)
    }

    @Test func whoKnowsARolesSecretSpeaksAsThatRole() async throws {
        let server = Self.makeGuard()
        let request = sealed(try await session(server, .worker, Self.worker))
        let (reply, speaker, refusal) = await ask(server, request.bytes)
        #expect(speaker == .role(.worker))
        #expect(refusal == nil)
        #expect(try RoleEnvelope.open(reply, to: request) == .message([3, 2, 1]))
    }

    @Test func aRecordedRequestThatIsSentAgainIsNotCarriedOut() async throws {
        let server = Self.makeGuard()
        let token = try await session(server, .worker, Self.worker)
        let request = sealed(token)
        #expect(await ask(server, request.bytes).speaker != nil)
        for _ in 1...3 {
            let (reply, speaker, _) = await ask(server, request.bytes)
            #expect(speaker == nil)
            guard case .session = try RoleEnvelope.open(reply, to: request) else {
                Issue.record("a repeated request was answered")
                return
            }
        }
        // Nor by a later life of the server, or by another server.
        #expect(await ask(Self.makeGuard(), request.bytes).speaker == nil)
        // The next one is.
        #expect(await ask(server, sealed(token, 2).bytes).speaker == .role(.worker))
    }

    @Test func aRepetitionOfARequestUnderWayGetsItsReply() async throws {
        let server = Self.makeGuard()
        let request = sealed(try await session(server, .worker, Self.worker))
        let count = Mutex(0)
        let (arrivals, arrive) = AsyncStream<Void>.makeStream()
        let (ends, end) = AsyncStream<Void>.makeStream()
        let handler: @Sendable ([UInt8], Speaker) async -> [UInt8] = { _, _ in
            count.withLock { $0 += 1 }
            arrive.yield()
            for await _ in ends { break }
            return [9]
        }
        async let first = server.answer(request.bytes, refused: { _ in }, handler)
        for await _ in arrivals { break }
        async let second = server.answer(request.bytes, refused: { _ in }, handler)
        while server.waiting == 0 { await Task.yield() }
        end.yield()
        #expect(try RoleEnvelope.open(await first, to: request) == .message([9]))
        #expect(try RoleEnvelope.open(await second, to: request) == .message([9]))
        #expect(count.withLock { $0 } == 1)
    }

    @Test func everyAlteredBitIsNoticed() async throws {
        let server = Self.makeGuard()
        let token = try await session(server, .worker, Self.worker)
        let request = sealed(token).bytes
        for at in request.indices {
            var bytes = request
            bytes[at] ^= 0x10
            let (reply, speaker, refusal) = await ask(server, bytes)
            #expect(speaker == nil && refusal != nil && WireRefusal(reply) != nil, "byte \(at)")
        }
        for count in 0..<request.count {
            #expect(await ask(server, Array(request.prefix(count))).speaker == nil, "cut to \(count)")
        }
        let whole = sealed(token)
        let reply = await ask(server, whole.bytes).reply
        for at in reply.indices {
            var bytes = reply
            bytes[at] ^= 0x10
            #expect(throws: DecodingFailure.self, "byte \(at)") { try RoleEnvelope.open(bytes, to: whole) }
        }
        for count in 0..<reply.count {
            #expect(throws: DecodingFailure.self, "cut to \(count)") {
                try RoleEnvelope.open(Array(reply.prefix(count)), to: whole)
            }
        }
        #expect(throws: DecodingFailure.self) { try RoleEnvelope.open(reply, to: sealed(token, 2)) }
    }

    @Test func whoProvesNothingOrSomethingElseIsToldWhatToGive() async throws {
        let server = Self.makeGuard()
        let none = MessageSeal(secret: nil, purpose: .control).seal([1]).bytes
        let cluster = MessageSeal(secret: Self.worker, purpose: .control).seal([1]).bytes
        let asWorker = RoleEnvelope.seal([], as: .worker, with: Self.ingest, for: .control, in: .none, number: 0).bytes
        let asAdmin = RoleEnvelope.seal([], as: .admin, with: Self.ingest, for: .control, in: .none, number: 0).bytes
        let asData = RoleEnvelope.seal([], as: .worker, with: Self.worker, for: .data, in: .none, number: 0).bytes
        var asNobody = asWorker
        asNobody[1] = 99
        for (bytes, parts) in [
            (none, ["no role", "--role-secret", "ingest, worker"]), (cluster, ["no role"]), ([1, 0, 5], ["no role"]),
            ([], ["no role"]), (asWorker, ["another secret", "role_secrets.worker"]),
            (asAdmin, ["admin has no secret here", "role_secrets.admin"]), (asData, ["another secret"]),
            (asNobody, ["role number 99"]),
        ] {
            let (reply, speaker, refusal) = await ask(server, bytes)
            #expect(speaker == nil)
            let text = try #require(refusal)
            for part in parts { #expect(text.contains(part), "\(part): \(text)") }
            #expect(WireRefusal(reply)?.reason == text)
        }
        // Where nobody asks for a role, one that is proven is not understood.
        let (_, speaker, refusal) = await ask(Self.makeGuard([:]), asWorker)
        #expect(speaker == nil)
        #expect(refusal?.contains("no role secrets") == true)
    }

    @Test func aRoleWithoutASecretOfItsOwnSpeaksWithinTheProcessAlone() async throws {
        let secrets = Self.secrets([.worker: [Self.worker]]).completed()
        #expect(secrets.roles == [.worker])
        let server = LineGuard(seal: MessageSeal(secret: nil, purpose: .control), roles: secrets)
        let inside = try await session(server, .admin, secrets[.admin][0])
        #expect(inside != .none)
        let outside = RoleEnvelope.seal([], as: .admin, with: Self.worker, for: .control, in: .none, number: 0)
        #expect(await ask(server, outside.bytes).refusal?.contains("admin has no secret here") == true)
    }

    @Test func whileAClusterMovesToRolesItsOwnSecretCountsToo() async throws {
        let server = Self.makeGuard(cluster: Self.ingest)
        let seal = MessageSeal(secret: Self.ingest, purpose: .control)
        let request = seal.seal([1, 2, 3])
        let (reply, speaker, _) = await ask(server, request.bytes)
        #expect(speaker == .member)
        #expect(try seal.open(reply, to: request) == [3, 2, 1])
        #expect(try await session(server, .worker, Self.worker) != .none)
    }

    @Test func whileASecretIsChangedTheOldOneCountsToo() async throws {
        let new = JoinSecret(Array("new-worker-secret".utf8))!
        let server = Self.makeGuard([.worker: [new, Self.worker]])
        for secret in [new, Self.worker] { #expect(try await session(server, .worker, secret) != .none) }
    }
}
