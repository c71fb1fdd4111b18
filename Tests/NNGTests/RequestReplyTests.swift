import NNG
import Testing
import WeirTestSupport

@Suite struct RequestReplyTests {
    /// Serves on a URL for the time of a test.
    private func withServer(
        _ url: String,
        limits: NNGLimits = NNGLimits(),
        _ handler: @escaping @Sendable ([UInt8]) async -> [UInt8],
        _ body: (String) async throws -> Void
    ) async throws {
        let server = try ReplySocket(limits: limits)
        let bound = try server.listen(url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.serve(handler) }
            do {
                try await body(bound)
            } catch {
                server.close()
                throw error
            }
            server.close()
        }
    }

    @Test(arguments: ["inproc://request-reply", "tcp://127.0.0.1:0", "ipc:///tmp/weir-nng-test.sock"])
    func aRequestGetsItsReply(url: String) async throws {
        try await withServer(url) {
            $0.reversed()
        } _: { bound in
            let client = try RequestSocket(bound)
            let reply = try await client.request([1, 2, 3], timeout: .seconds(10))
            #expect(reply == [3, 2, 1])
            client.close()
        }
    }

    @Test func requestsInFlightGetTheirOwnReplies() async throws {
        try await withServer("inproc://in-flight") {
            $0
        } _: { bound in
            let client = try RequestSocket(bound)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        let body = [UInt8](repeating: UInt8(index), count: 1 + index * 50)
                        return try await client.request(body, timeout: .seconds(20)) == body
                    }
                }
                for try await isOwn in group { #expect(isOwn) }
            }
            client.close()
        }
    }

    @Test func aRequestThatNobodyAnswersTimesOut() async throws {
        let client = try RequestSocket("inproc://nobody")
        await #expect { try await client.request([1], timeout: .milliseconds(50)) } throws: { error in
            (error as? NNGError)?.isTimeout == true
        }
        client.close()
    }

    @Test func aClosedClientRefusesRequests() async throws {
        let client = try RequestSocket("inproc://closed")
        client.close()
        await #expect { try await client.request([1], timeout: .seconds(1)) } throws: { error in
            (error as? NNGError)?.isClosed == true
        }
    }

    @Test func anOversizedMessageDoesNotStopTheServer() async throws {
        var limits = NNGLimits()
        limits.messageBytesMax = 1000
        try await withServer("tcp://127.0.0.1:0", limits: limits) {
            $0
        } _: { bound in
            let rude = try RequestSocket(bound)
            await #expect(throws: NNGError.self) {
                try await rude.request([UInt8](repeating: 0, count: 100_000), timeout: .milliseconds(300))
            }
            rude.close()
            let polite = try RequestSocket(bound)
            #expect(try await polite.request([7], timeout: .seconds(10)) == [7])
            polite.close()
        }
    }

    @Test func aClientFindsAServerThatStartsLater() async throws {
        let client = try RequestSocket("inproc://later")
        let request = Task { try await client.request([9], timeout: .seconds(20)) }
        try await withServer("inproc://later") {
            $0
        } _: { _ in
            let reply = try await request.value
            #expect(reply == [9])
        }
        client.close()
    }

    @Test func clientsThatComeAndGoDoNoHarm() async throws {
        try await withServer("tcp://127.0.0.1:0") {
            $0
        } _: { bound in
            for index in 0..<100 {
                let client = try RequestSocket(bound)
                if index % 3 == 0 {
                    // Closed with a request under way.
                    async let lost = client.request([1], timeout: .seconds(5))
                    client.close()
                    _ = try? await lost
                } else {
                    #expect(try await client.request([2], timeout: .seconds(10)) == [2])
                    client.close()
                }
            }
        }
    }

    @Test(arguments: [false, true]) func subscribersGetWhatBeginsWithTheirPrefix(hasTLS: Bool) async throws {
        let certificates = try Certificates()
        let (node, client) = (try certificates.credentials(of: "node"), try certificates.credentials(of: "client"))
        let publisher = try PublishSocket(tls: node.serverContexts)
        let bound = try publisher.listen(hasTLS ? "tls+tcp://127.0.0.1:0" : "tcp://127.0.0.1:0")
        let subscriber = try SubscribeSocket(bound, prefix: "a ", tls: client)
        // A subscription has no acknowledgement: send until it has arrived.
        var received: [UInt8]?
        for _ in 0..<500 where received == nil {
            try publisher.publish(Array("b no".utf8))
            try publisher.publish(Array("a yes".utf8))
            received = try? await subscriber.receive(timeout: .milliseconds(20))
        }
        #expect(received == Array("a yes".utf8))
        subscriber.close()
        publisher.close()
    }

    @Test func anAddressInUseIsAnErrorThatSaysSo() throws {
        let first = try ReplySocket()
        let bound = try first.listen("tcp://127.0.0.1:0")
        let second = try ReplySocket()
        #expect { try second.listen(bound) } throws: { error in
            "\(error)".contains(bound) && "\(error)".contains("stop the process")
        }
    }
}
