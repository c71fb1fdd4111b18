import NIOCore
import Testing
import WeirCore

@testable import NNG

@Suite struct SPReaderTests {
    private static func header(_ spoken: SPProtocol) -> [UInt8] { [0, 0x53, 0x50, 0, 0, UInt8(spoken.rawValue), 0, 0] }

    private static func length(_ count: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
    }

    private static func frame(_ message: [UInt8]) -> [UInt8] { length(UInt64(message.count)) + message }

    @Test func theHeaderIsNngs() {
        #expect(ByteBuffer(integer: SPProtocol.reply.header) == ByteBuffer(bytes: Self.header(.reply)))
        #expect(SPProtocol.number(inHeader: SPProtocol.subscribe.header) == SPProtocol.subscribe.rawValue)
        for spoken in [SPProtocol.publish, .subscribe, .request, .reply] { #expect(spoken.peer.peer == spoken) }
    }

    @Test(arguments: 0..<200) func messagesAreTheSameInPiecesOfAnySize(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let messages = (0..<Int.random(in: 0...20, using: &random)).map { _ in
            (0..<[0, 1, 7, 8, 9, 100, 3000].randomElement(using: &random)!).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        }
        let wire = Self.header(.request) + messages.flatMap(Self.frame)
        let largest = [1, 8, 100, 4096, wire.count].randomElement(using: &random)!
        var reader = SPReader(from: .request, messageBytesMax: 3000)
        var (read, rest) = ([[UInt8]](), wire[...])
        while !rest.isEmpty {
            var chunk = ByteBuffer(bytes: rest.prefix(Int.random(in: 1...largest, using: &random)))
            rest = rest.dropFirst(chunk.readableBytes)
            while let message = try reader.next(from: &chunk) { read.append(Array(message.readableBytesView)) }
            #expect(chunk.readableBytes == 0)
            #expect(reader.hasMet == (wire.count - rest.count >= 8))
        }
        #expect(read == messages)
    }

    private func failure(of wire: [UInt8], messageBytesMax: Int = 10) -> SPFailure? {
        var reader = SPReader(from: .request, messageBytesMax: messageBytesMax)
        do throws(SPFailure) {
            for byte in wire {
                var chunk = ByteBuffer(bytes: [byte])
                while try reader.next(from: &chunk) != nil {}
            }
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsNotNngsIsRefused() {
        #expect(failure(of: Array("GET / HT".utf8)) == .noHeader)
        for index in [0, 1, 2, 3, 6, 7] {
            var broken = Self.header(.request)
            broken[index] ^= 1
            #expect(failure(of: broken) == .noHeader)
        }
        #expect(failure(of: Self.header(.reply)) == .wrongProtocol(0x31, expected: .request))
        #expect(failure(of: Self.header(.request).dropLast()) == nil, "a part of it may be whole yet")
    }

    /// Before any of its bytes is there.
    @Test func aMessageThatIsTooLargeIsRefusedByItsLength() {
        let header = Self.header(.request)
        #expect(failure(of: header + Self.length(10) + [UInt8](repeating: 0, count: 10)) == nil)
        #expect(failure(of: header + Self.length(11)) == .tooLarge(bytes: 11, bytesMax: 10))
        #expect(failure(of: header + Self.length(.max)) == .tooLarge(bytes: .max, bytesMax: 10))
    }

    @Test func aRequestIsItsRouteAndItsBody() throws {
        func request(_ bytes: [UInt8]) throws -> RequestMessage? { try RequestMessage(ByteBuffer(bytes: bytes)) }
        let near = try #require(try request([0x80, 0, 0, 1, 7, 8]))
        #expect(near.route == ByteBuffer(bytes: [0x80, 0, 0, 1]))
        #expect(near.body == ByteBuffer(bytes: [7, 8]))
        #expect(near.reply([9]) == ByteBuffer(bytes: Self.frame([0x80, 0, 0, 1, 9])))
        let far = try #require(try request([0, 0, 0, 5, 0x80, 0, 0, 1]))
        #expect(far.route.readableBytes == 8)
        #expect(far.body.readableBytes == 0)
        let words = [UInt8](repeating: 0, count: 4 * (RequestMessage.wordsMax - 1))
        #expect(try request(words + [0x80, 0, 0, 1, 7])?.body == ByteBuffer(bytes: [7]))
        #expect(try request(words + [0, 0, 0, 0, 0x80, 0, 0, 1]) == nil, "it goes in circles")
        for garbage: [UInt8] in [[], [0x80, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1, 0x80]] {
            #expect(throws: SPFailure.noRequest) { try request(garbage) }
        }
    }

    @Test func aFailedHandshakeIsToldInWordsThatHelp() {
        let unknown = HandshakeFailure(
            "handshakeFailed(NIOSSL.BoringSSLError.sslError([Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at /x/y.cc:417]))"
        )
        #expect(unknown.description.hasPrefix("the TLS handshake failed: certificate verify failed; check"))
        #expect(!unknown.isRoutine)
        let scanner = HandshakeFailure("[Error: 1 error:1000009c:SSL routines:OPENSSL_internal:HTTP_REQUEST at x:1]")
        #expect(scanner.description == "the TLS handshake failed: http request")
        #expect(scanner.isRoutine)
        #expect(HandshakeFailure("EOF during handshake").isRoutine)
    }
}
