import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@Suite struct MessageTests {
    /// A kind of message, with what is to hold for it whatever the message.
    struct Kind: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Bytes of a random message of the kind.
        var random: @Sendable (inout RandomMessages) -> [UInt8]
        /// Decodes and encodes again.
        var again: @Sendable ([UInt8]) throws -> [UInt8]
    }

    /// The laws below hold for each of these: a message that is added to the protocol belongs here too.
    static let kinds: [Kind] =
        (0..<RandomMessages.requestKinds).map { kind in
            Kind(testDescription: "control request \(kind)") {
                $0.request(kind: kind).encoded
            } again: {
                try ControlRequest(decoding: $0).encoded
            }
        }
        + (0..<RandomMessages.replyKinds).map { kind in
            Kind(testDescription: "control reply \(kind)") {
                $0.reply(kind: kind).encoded
            } again: {
                try ControlReply(decoding: $0).encoded
            }
        }
        + (0..<RandomMessages.deliveryReplyKinds).map { kind in
            Kind(testDescription: "delivery reply \(kind)") {
                $0.deliveryReply(kind: kind).encoded
            } again: {
                try DeliveryReply(decoding: $0).encoded
            }
        }
        + [
            Kind(testDescription: "delivery") {
                $0.delivery().encoded
            } again: {
                try Delivery(decoding: $0).encoded
            },
            Kind(testDescription: "frame") {
                $0.frame().encoded
            } again: {
                try Frame(decoding: $0).encoded
            },
            Kind(testDescription: "frame part") {
                $0.part().encoded
            } again: {
                try FramePart(decoding: $0).encoded
            },
        ]

    /// Those that travel by themselves, and so begin with a version.
    static let versioned = kinds.filter { !$0.testDescription.hasPrefix("frame") }

    @Test(arguments: kinds)
    func decodingGivesBackWhatWasEncoded(kind: Kind) throws {
        var messages = RandomMessages(seed: 1)
        for _ in 0..<200 {
            let bytes = kind.random(&messages)
            #expect(try kind.again(bytes) == bytes)
        }
    }

    @Test func decodedMessagesEqualTheOriginals() throws {
        var messages = RandomMessages(seed: 2)
        for _ in 0..<300 {
            let request = messages.request(kind: messages.number(RandomMessages.requestKinds))
            #expect(try ControlRequest(decoding: request.encoded) == request)
            let reply = messages.reply(kind: messages.number(RandomMessages.replyKinds))
            #expect(try ControlReply(decoding: reply.encoded) == reply)
            let delivery = messages.delivery()
            #expect(try Delivery(decoding: delivery.encoded) == delivery)
            let answer = messages.deliveryReply(kind: messages.number(RandomMessages.deliveryReplyKinds))
            #expect(try DeliveryReply(decoding: answer.encoded) == answer)
            let frame = messages.frame()
            #expect(try Frame(decoding: frame.encoded) == frame)
        }
    }

    @Test(arguments: kinds)
    func everyCutIsRefused(kind: Kind) {
        var messages = RandomMessages(seed: 3)
        for _ in 0..<20 {
            let bytes = kind.random(&messages)
            for count in bytes.indices {
                #expect(throws: DecodingFailure.self) { try kind.again(Array(bytes[..<count])) }
            }
        }
    }

    /// Whatever the bytes: refused, or read as some other message. What matters is that decoding ends, in bounds.
    @Test(arguments: kinds)
    func brokenBytesDoNotTrap(kind: Kind) {
        var messages = RandomMessages(seed: 4)
        for _ in 0..<300 {
            var bytes = kind.random(&messages)
            for _ in 0...messages.number(3) {
                let at = messages.number(bytes.count)
                switch messages.number(4) {
                case 0: bytes[at] ^= 1 << UInt8(messages.number(8))
                case 1: bytes[at] = 0xFF
                case 2: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], at: at)
                default: bytes.removeSubrange(at..<min(bytes.count, at + 1 + messages.number(8)))
                }
                if bytes.isEmpty { break }
            }
            _ = try? kind.again(bytes)
        }
    }

    @Test(arguments: kinds)
    func fieldsOfALaterMinorVersionAreSkipped(kind: Kind) throws {
        var messages = RandomMessages(seed: 5)
        for _ in 0..<50 {
            let bytes = kind.random(&messages)
            var later = ByteWriter()
            later.raw(bytes)
            for tag: UInt64 in [firstUnusedTag, 77, 1 << 40] {
                later.varint(tag)
                later.blob([UInt8](repeating: 0xA5, count: messages.number(300)))
            }
            #expect(try kind.again(later.bytes) == bytes)
        }
    }

    /// Of optional fields, in any message.
    private var firstUnusedTag: UInt64 { 3 }

    @Test func whatACommitFollowsIsAFieldThatOlderBuildsSkip() throws {
        var messages = RandomMessages(seed: 8)
        guard case .commit(var commit) = messages.request(kind: 2) else { return }
        let without = ControlRequest.commit(commit).encoded
        commit.follows = CommitNumber(300)
        let with = ControlRequest.commit(commit).encoded
        #expect(with == without + [1, 2, 0xAC, 0x02])
        #expect(try ControlRequest(decoding: with) == .commit(commit))
    }

    @Test func pausesAreFieldsThatOlderBuildsSkip() throws {
        var messages = RandomMessages(seed: 9)
        guard case .commit(var commit) = messages.request(kind: 2) else { return }
        let without = ControlRequest.commit(commit).encoded
        commit.isPaused = true
        let with = ControlRequest.commit(commit).encoded
        #expect(with == without + [2, 0])
        #expect(try ControlRequest(decoding: with) == .commit(commit))
        var receipt = CommitReceipt(number: CommitNumber(1), watermark: nil, queries: [])
        let plain = ControlReply.committed(receipt).encoded
        receipt.asksToPause = true
        let asking = ControlReply.committed(receipt).encoded
        #expect(asking == plain + [1, 0])
        #expect(try ControlReply(decoding: asking) == .committed(receipt))
    }

    @Test(arguments: kinds)
    func fieldsOutOfOrderAreRefused(kind: Kind) {
        var messages = RandomMessages(seed: 6)
        let bytes = kind.random(&messages)
        for tags: [UInt8] in [[0], [2, 1], [3, 3]] {
            #expect(throws: DecodingFailure.self) { try kind.again(bytes + tags.flatMap { [$0, 0] }) }
        }
    }

    @Test(arguments: versioned)
    func anyMinorVersionIsRead(kind: Kind) throws {
        var messages = RandomMessages(seed: 7)
        let bytes = kind.random(&messages)
        #expect(bytes[..<2] == [ProtocolVersion.current.major, ProtocolVersion.current.minor])
        for minor in [UInt8(0), 1, 255] {
            var other = bytes
            other[1] = minor
            #expect(try kind.again(other) == bytes)
        }
    }

    @Test(arguments: versioned)
    func anotherMajorVersionIsRefusedByName(kind: Kind) {
        var messages = RandomMessages(seed: 8)
        var bytes = kind.random(&messages)
        bytes[0] = 2
        #expect(throws: DecodingFailure.version(found: 2, supported: 1)) { try kind.again(bytes) }
    }

    /// Both sides learn what to upgrade: the refuser from the failure, the other from the refusal that it gets for an answer.
    @Test(arguments: versioned)
    func aRefusalIsUnderstoodInPlaceOfAnyMessage(kind: Kind) {
        let failure = DecodingFailure.version(found: 2, supported: 1)
        #expect(failure.description.contains("upgrade this node"))
        let refusal = WireRefusal(failure)
        #expect(WireRefusal(refusal.encoded) == refusal)
        let version = ProtocolVersion.current.description
        #expect(throws: DecodingFailure.refused(by: version, reason: refusal.reason)) {
            try kind.again(refusal.encoded)
        }
    }

    /// The form of a refusal is for ever: these bytes may come from a build that does not exist yet.
    @Test func refusalsOfUnknownVersionsAreRead() {
        let bytes: [UInt8] = [0, 9, 3] + Array("use Weir 9 (\u{1F600})".utf8) + [0xFF, 0xFE]
        #expect {
            try ControlReply(decoding: bytes)
        } throws: { error in
            "\(error)".contains("protocol 9.3") && "\(error)".contains("use Weir 9")
        }
        #expect(WireRefusal([1, 0, 5]) == nil)
        #expect(WireRefusal([]) == nil)
        #expect(WireRefusal([0]) == nil)
    }

    @Test func anUnknownKindOfALaterMinorVersionSaysWhoToUpgrade() {
        #expect {
            try ControlRequest(decoding: [1, 4, 200])
        } throws: { error in
            "\(error)".contains("kind 200") && "\(error)".contains("protocol 1.4")
                && "\(error)".contains("upgrade this")
        }
    }

    @Test func countsThatWouldOverflowAreRefused() throws {
        var messages = RandomMessages(seed: 9)
        guard case .reportIngest(var report) = messages.request(kind: 1) else { return }
        report.last = FrameSequence(.max)
        #expect(throws: DecodingFailure.self) {
            try ControlRequest(decoding: ControlRequest.reportIngest(report).encoded)
        }
        report.last = FrameSequence(1 << 62)
        report.accepted = (1 << 48) + 1
        #expect(throws: DecodingFailure.self) {
            try ControlRequest(decoding: ControlRequest.reportIngest(report).encoded)
        }
    }
}
