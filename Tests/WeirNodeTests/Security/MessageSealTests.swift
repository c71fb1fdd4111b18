import Foundation
import NNG
import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirNode

@Suite struct MessageSealTests {
    private static let secret = JoinSecret(Array("0123456789abcdef".utf8))
    private static let seal = MessageSeal(secret: secret, purpose: .control)

    /// The reply to a sealed request as a server with a seal of its own gives it.
    private func exchange(
        _ client: MessageSeal,
        _ server: MessageSeal,
        request tamper: (inout [UInt8]) -> Void = { _ in },
        reply tamperReply: (inout [UInt8]) -> Void = { _ in }
    ) async throws -> [UInt8] {
        var request = client.seal([1, 2, 3])
        tamper(&request.bytes)
        var reply = await server.answer(request.bytes, refused: { _ in }) { $0.reversed() }
        tamperReply(&reply)
        return try client.open(reply, to: request)
    }

    @Test func whoKnowsTheSecretTalks() async throws {
        #expect(try await exchange(Self.seal, Self.seal) == [3, 2, 1])
        let none = MessageSeal(secret: nil, purpose: .control)
        #expect(try await exchange(none, none) == [3, 2, 1])
    }

    @Test func whoDoesNotIsRefusedInAFormThatItUnderstands() async throws {
        let without = MessageSeal(secret: nil, purpose: .control)
        let other = MessageSeal(secret: JoinSecret(Array("fedcba9876543210".utf8)), purpose: .control)
        for client in [without, other] {
            let refusal = WireRefusal(try await exchange(client, Self.seal))
            #expect(refusal?.reason.contains("secret") == true)
        }
        #expect {
            try ControlReply(decoding: WireRefusal(reason: "no proof").encoded)
        } throws: { "\($0)".contains("no proof") }
        // A server without a secret can't read a sealed message, and says so.
        #expect {
            try ControlRequest(decoding: Self.seal.seal(ControlRequest.admin(.status).encoded).bytes)
        } throws: { "\($0)".contains("sealed with a cluster secret") }
    }

    @Test func aProofForOnePurposeIsNoneForAnother() async throws {
        let data = MessageSeal(secret: Self.secret, purpose: .data)
        #expect(WireRefusal(try await exchange(Self.seal, data)) != nil)
    }

    @Test func everyAlteredBitIsNoticed() async throws {
        let request = Self.seal.seal([1, 2, 3]).bytes
        for at in request.indices.dropFirst() {
            let reply = try await exchange(Self.seal, Self.seal) { $0[at] ^= 0x10 }
            #expect(WireRefusal(reply) != nil, "byte \(at)")
        }
        for at in 1..<(1 + 3 + JoinSecret.tagBytes) {
            await #expect(throws: DecodingFailure.self, "byte \(at)") {
                try await exchange(Self.seal, Self.seal, reply: { $0[at] ^= 0x10 })
            }
        }
        for count in 0..<request.count {
            let reply = try await exchange(Self.seal, Self.seal) { $0.removeLast(count + 1) }
            #expect(WireRefusal(reply) != nil, "cut by \(count + 1)")
        }
    }

    @Test func damageIsNoticedWithoutASecretToo() async throws {
        let none = MessageSeal(secret: nil, purpose: .data)
        let count = none.seal([1, 2, 3]).bytes.count
        for at in 1..<count {
            let refusal = WireRefusal(try await exchange(none, none) { $0[at] ^= 0x10 })
            #expect(refusal?.reason.contains("damaged") == true, "byte \(at)")
            await #expect(throws: DecodingFailure.self, "byte \(at)") {
                try await exchange(none, none, reply: { $0[at] ^= 0x10 })
            }
        }
        let inside = MessageSeal(secret: nil, purpose: .data, hasChecksum: false)
        #expect(inside.seal([1, 2, 3]).bytes == [1, 2, 3])
        #expect(try await exchange(inside, none) == [3, 2, 1])
    }

    @Test func aReplyAnswersItsOwnRequestAlone() async throws {
        let first = Self.seal.seal([1])
        let second = Self.seal.seal([1])
        #expect(first.bytes != second.bytes)
        let reply = await Self.seal.answer(first.bytes, refused: { _ in }) { $0 }
        #expect(try Self.seal.open(reply, to: first) == [1])
        #expect(throws: DecodingFailure.self) { try Self.seal.open(reply, to: second) }
    }

    @Test func aReplyWithoutProofIsNotBelieved() {
        let request = Self.seal.seal([1])
        #expect(throws: DecodingFailure.self) { try Self.seal.open([1, 0, 5], to: request) }
        #expect(throws: DecodingFailure.self) { try Self.seal.open([], to: request) }
    }

    @Test func secretsHaveABoundedLength() {
        #expect(JoinSecret([UInt8](repeating: 1, count: 15)) == nil)
        #expect(JoinSecret([UInt8](repeating: 1, count: 16)) != nil)
        #expect(JoinSecret([UInt8](repeating: 1, count: 4097)) == nil)
    }

    @Test func filesThatCannotBeUsedAreNamed() throws {
        let directory = try TemporaryDirectory()
        var configuration = NodeConfiguration.Security()
        configuration.secretFile = directory.path + "/secret"
        #expect { try TransportSecurity(configuration, as: .worker) } throws: {
            "\($0)".contains(directory.path + "/secret")
        }
        try "short\n".write(toFile: directory.path + "/secret", atomically: true, encoding: .utf8)
        #expect(throws: SecurityFailure.secretLength(path: directory.path + "/secret", bytes: 5)) {
            try TransportSecurity(configuration, as: .worker)
        }
        try "0123456789abcdef\r\n".write(toFile: directory.path + "/secret", atomically: true, encoding: .utf8)
        #expect(try TransportSecurity(configuration, as: .worker).secret != nil)
        configuration.tlsKey = directory.path + "/secret"
        #expect { try TransportSecurity(configuration, as: .worker) } throws: { "\($0)".contains("no PEM") }
    }
}
