import Synchronization
import Testing
import WeirTestSupport

@testable import NNG

/// What listens with TLS is not libnng: it has to behave as libnng does, and better to those who mean no good.
@Suite struct TLSListenerTests {
    private let certificates: Certificates
    private let node: TLSCredentials
    private let producer: TLSCredentials
    private static let anywhere = "tls+tcp://127.0.0.1:0"
    private static let greeting: [UInt8] = [0, 0x53, 0x50, 0, 0, 0x30, 0, 0]

    init() throws {
        certificates = try Certificates()
        node = try certificates.credentials(of: "node")
        producer = try certificates.credentials(of: "client")
    }

    /// Who was refused, in their order.
    private final class Refusals: Sendable {
        private let (all, refusal) = AsyncStream<TLSRefusal>.makeStream()
        func add(_ new: TLSRefusal) { refusal.yield(new) }

        func next() async throws -> TLSRefusal {
            for await refusal in all { return refusal }
            throw CancellationError()
        }
    }

    private func withServer(
        limits: NNGLimits = NNGLimits(),
        contexts: TLSContexts? = nil,
        refusals: Refusals = Refusals(),
        disconnected: (@Sendable (ConnectionID) -> Void)? = nil,
        _ handler: @escaping @Sendable ([UInt8], ConnectionID) async -> [UInt8] = { request, _ in request },
        _ body: (String) async throws -> Void
    ) async throws {
        let server = try ReplySocket(
            tls: contexts ?? node.serverContexts,
            limits: limits,
            disconnected: disconnected,
            refused: { refusals.add($0) }
        )
        let url = try server.listen(Self.anywhere)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.serve(byConnection: handler) }
            defer { server.close() }
            try await body(url)
        }
    }

    private func frame(_ body: [UInt8], id: UInt8 = 1) -> [UInt8] {
        let message = [0x80, 0, 0, id] + body
        return (0..<8).map { UInt8(truncatingIfNeeded: message.count >> (56 - 8 * $0)) } + message
    }

    // MARK: - As libnng does

    @Test func requestsOfAnySizeInFlightGetTheirOwnReplies() async throws {
        try await withServer { url in
            let client = try RequestSocket(url, tls: producer)
            defer { client.close() }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        let body = [UInt8](repeating: UInt8(index), count: index * index * 100)
                        return try await client.request(body, timeout: .seconds(60)) == body
                    }
                }
                for try await isOwn in group { #expect(isOwn) }
            }
            #expect(try await client.request(ReplySocket.probe, timeout: .seconds(10)) == ReplySocket.probe)
        }
    }

    @Test func anAddressInUseIsAnErrorThatSaysSo() throws {
        let first = try ReplySocket(tls: node.serverContexts)
        let url = try first.listen(Self.anywhere)
        let second = try ReplySocket(tls: node.serverContexts)
        #expect { try second.listen(url) } throws: { error in
            "\(error)".contains(url) && "\(error)".contains("stop the process")
        }
        #expect { try second.listen("tls+tcp://host.invalid:1") } throws: { error in
            "\(error)".contains("use a URL such as")
        }
        first.close()
    }

    @Test func anAddressIsFreeWhenServeHasReturnedAndClientsFindTheNextListener() async throws {
        var url = Self.anywhere
        var clients: [RequestSocket] = []
        for _ in 0..<5 {
            let server = try ReplySocket(tls: node.serverContexts)
            url = try server.listen(url)
            if clients.isEmpty { clients.append(try RequestSocket(url, tls: producer)) }
            let client = clients[0]
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await server.serve { $0 } }
                #expect(await (try? client.request([1], timeout: .seconds(30))) == [1])
                server.close()
            }
        }
    }

    @Test func wildcardsAndNamesAreBound() throws {
        for url in [
            "tls+tcp://*:0", "tls+tcp://:0", "tls+tcp://0.0.0.0:0", "tls+tcp://localhost:0", "tls+tcp://[::1]:0",
        ] {
            let server = try ReplySocket(tls: node.serverContexts)
            let bound = try server.listen(url)
            #expect(bound.hasPrefix(url.dropLast(2)) && TLSAddress(bound).port ?? 0 > 0, "\(bound)")
            server.close()
        }
        #expect(TLSAddress("tls+tcp://[fe80::1]:7700").host == "fe80::1")
        #expect(TLSAddress("tls+tcp://*:7700").hostToBind == "0.0.0.0")
        #expect(TLSAddress("tls+tcp://a.example").port == nil)
    }

    @Test func itTellsWhoClientsAreAndWhichConnectionsHaveEnded() async throws {
        let (ended, end) = AsyncStream<ConnectionID>.makeStream()
        let (asked, ask) = AsyncStream<ConnectionID>.makeStream()
        try await withServer(
            disconnected: { end.yield($0) },
            { request, connection in
                ask.yield(connection)
                return request
            }
        ) { url in
            let staying = try RequestSocket(url, tls: producer)
            let going = try RequestSocket(url, tls: producer)
            for socket in [staying, going, staying] { _ = try await socket.request([1], timeout: .seconds(20)) }
            var connections = asked.makeAsyncIterator()
            let first = try #require(await connections.next())
            let second = try #require(await connections.next())
            #expect(first != second)
            #expect(await connections.next() == first)
            #expect(first.value < 0, "libnng's are above 0")
            #expect(first.peer.hasPrefix("127.0.0.1:"))
            going.close()
            var ends = ended.makeAsyncIterator()
            #expect(await ends.next() == second)
            staying.close()
        }
    }

    @Test func aReplyUnderWayArrivesAlthoughTheServerCloses() async throws {
        let server = try ReplySocket(tls: node.serverContexts)
        let url = try server.listen(Self.anywhere)
        let large = [UInt8](repeating: 7, count: 4 << 20)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await server.serve { _ in
                    server.close()
                    return large
                }
            }
            let client = try RequestSocket(url, tls: producer)
            #expect(try await client.request([1], timeout: .seconds(60)) == large)
            client.close()
        }
    }

    // MARK: - Certificates

    @Test func newCertificatesAreShownToTheNextConnectionAndOthersBelieved() async throws {
        let others = try Certificates()
        let contexts = [try node.serverContexts, try others.credentials(of: "node").serverContexts]
        let served = Atomic(0)
        try await withServer(
            contexts: TLSContexts { contexts[served.load(ordering: .acquiring)].current() }
        ) { url in
            let before = try RequestSocket(url, tls: producer)
            #expect(try await before.request([1], timeout: .seconds(20)) == [1])
            served.store(1, ordering: .releasing)
            let believed = try others.credentials(of: "client")
            let after = try RequestSocket(url, tls: believed)
            #expect(try await after.request([2], timeout: .seconds(20)) == [2])
            #expect(try await before.request([3], timeout: .seconds(20)) == [3], "connections that there are stay")
            let late = try RequestSocket(url, tls: producer)
            #expect((try? await late.request([4], timeout: .seconds(1))) == nil)
            for socket in [before, after, late] { socket.close() }
        }
    }

    // MARK: - To those who mean no good

    @Test func whoIsRefusedIsToldWithTheReason() async throws {
        let refusals = Refusals()
        var limits = NNGLimits()
        limits.messageBytesMax = 1000
        limits.handshakeTimeout = .milliseconds(300)
        let others = try Certificates()
        try await withServer(limits: limits, refusals: refusals) { url in
            let words: [(TLSCredentials?, [UInt8], String)] = [
                (nil, Array("GET / HTTP/1.1\r\n\r\n".utf8), "http request"),
                (nil, [], "in time"),
                (producer, [], "in time"),
                (producer, Array("GET / HTTP/1.1\r\n\r\n".utf8), "not nng's protocol"),
                (producer, [0, 0x53, 0x50, 0, 0, 0x21, 0, 0], "nng's protocol 0x21"),
                (producer, Self.greeting + [0, 0, 0, 0, 0, 0, 0x10, 0], "4096 bytes is too large"),
                (producer, Self.greeting + [0, 0, 0, 0, 0, 0, 0, 2, 1, 2], "no request"),
                (TLSCredentials(authorities: producer.authorities), [], "did not return a certificate"),
                (try others.credentials(of: "client"), [], "unknown ca"),
            ]
            for (credentials, bytes, reason) in words {
                let stranger = try await RawClient(url, credentials)
                if !bytes.isEmpty { stranger.send(bytes) }
                await stranger.awaitEnd()
                let refusal = try await refusals.next()
                #expect(refusal.reason.contains(reason), "\(refusal)")
                #expect(refusal.peer.hasPrefix("127.0.0.1:"))
                #expect(refusal.isRoutine == ["http request", "in time"].contains(reason), "\(refusal)")
            }
            let polite = try RequestSocket(url, tls: producer)
            #expect(try await polite.request([7], timeout: .seconds(20)) == [7])
            polite.close()
        }
    }

    @Test func clientsThatGoInTheMiddleDoNoHarm() async throws {
        try await withServer { url in
            for index in 0..<200 {
                let client = try await RawClient(url, index % 4 == 0 ? nil : producer)
                client.send(Array((Self.greeting + frame([1, 2, 3])).prefix(index % 24)))
                if index % 4 == 1 { client.send(Self.greeting + frame([1])) }
                if index % 4 == 3 { _ = await client.receive(8) }
            }
            let polite = try RequestSocket(url, tls: producer)
            #expect(try await polite.request([7], timeout: .seconds(20)) == [7])
            polite.close()
        }
    }

    @Test func requestsThatWaitForAPlaceAreAnsweredInTheirOrder() async throws {
        var limits = NNGLimits()
        limits.concurrentRequests = 1
        try await withServer(limits: limits) { url in
            let busy = try await RawClient(url, producer)
            busy.send(Self.greeting)
            for id in 0..<64 as Range<UInt8> { busy.send(frame([UInt8](repeating: 0, count: 1 << 20) + [id], id: id)) }
            var replies = await busy.receive(8 + 64 * ((1 << 20) + 13)).dropFirst(8)
            for id in 0..<64 as Range<UInt8> {
                #expect(replies.prefix(12).last == id)
                replies = replies.dropFirst((1 << 20) + 13)
            }
            #expect(replies.isEmpty)
        }
    }

    @Test func whoTakesNoRepliesIsClosed() async throws {
        var limits = NNGLimits()
        limits.takeTimeout = .milliseconds(300)
        let refusals = Refusals()
        try await withServer(limits: limits, refusals: refusals) { url in
            let client = try await RawClient(url, producer)
            client.send(Self.greeting)
            _ = await client.receive(8)
            try await client.stopReading()
            client.send(frame([UInt8](repeating: 0, count: 32 << 20)))
            #expect(try await refusals.next().reason.contains("does not take"))
        }
    }

    @Test func noMoreConnectionsAreTakenThanTheLimit() async throws {
        var limits = NNGLimits()
        limits.connectionsMax = 2
        let asked = Atomic(0)
        try await withServer(
            limits: limits,
            { request, _ in
                asked.add(1, ordering: .acquiringAndReleasing)
                return request
            }
        ) { url in
            var silent: [RawClient] = []
            for _ in 0..<2 {
                let client = try await RawClient(url, producer)
                client.send(Self.greeting)
                _ = await client.receive(8)
                silent.append(client)
            }
            let next = try RequestSocket(url, tls: producer)
            async let reply = next.request([2], timeout: .seconds(60))
            #expect(asked.load(ordering: .acquiring) == 0)
            silent[0].close()
            #expect(try await reply == [2])
            next.close()
        }
    }
}
