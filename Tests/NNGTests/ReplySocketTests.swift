import NNG
import Testing

@Suite struct ReplySocketTests {
    @Test func aProbeIsAnsweredByTheSocketItself() async throws {
        let server = try ReplySocket()
        let url = try server.listen("tcp://127.0.0.1:0")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.serve { _ in [9] } }
            defer { server.close() }
            let client = try RequestSocket(url)
            defer { client.close() }
            #expect(try await client.request(ReplySocket.probe, timeout: .seconds(10)) == ReplySocket.probe)
            #expect(try await client.request([0xFF, 0xFF], timeout: .seconds(10)) == [9])
            #expect(try await client.request([], timeout: .seconds(10)) == [9])
        }
    }

    @Test(arguments: ["tcp://127.0.0.1:0", "inproc://connections-that-end"])
    func itTellsWhichConnectionsClientsHaveEnded(url: String) async throws {
        let (ended, end) = AsyncStream<ConnectionID>.makeStream()
        let (asked, ask) = AsyncStream<ConnectionID>.makeStream()
        let server = try ReplySocket(disconnected: { end.yield($0) })
        let bound = try server.listen(url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await server.serve(byConnection: { request, connection in
                    ask.yield(connection)
                    return request
                })
            }
            let staying = try RequestSocket(bound)
            let going = try RequestSocket(bound)
            _ = try await staying.request([1], timeout: .seconds(10))
            _ = try await going.request([1], timeout: .seconds(10))
            _ = try await staying.request([1], timeout: .seconds(10))
            var connections = asked.makeAsyncIterator()
            let first = await connections.next()
            let second = await connections.next()
            #expect(first != second)
            #expect(await connections.next() == first)
            going.close()
            var ends = ended.makeAsyncIterator()
            #expect(await ends.next() == second)
            server.close()
            try await group.waitForAll()
            end.finish()
            #expect(await ends.next() == nil, "what it closes itself is not told")
            staying.close()
        }
    }

    @Test func serveReturnsWhenItWasClosedBefore() async throws {
        let server = try ReplySocket()
        server.close()
        await server.serve { $0 }
    }

    @Test func anAddressIsFreeWhenServeHasReturned() async throws {
        var url = "tcp://127.0.0.1:0"
        for _ in 0..<20 {
            let server = try ReplySocket()
            url = try server.listen(url)
            server.close()
            await server.serve { $0 }
        }
    }

    /// A handler that does not come back holds up neither the address nor who waits for it.
    @Test func anAbandonedSocketFreesItsAddressAlthoughARequestIsUnderWay() async throws {
        var limits = NNGLimits()
        limits.concurrentRequests = 1
        let server = try ReplySocket(limits: limits)
        let url = try server.listen("tcp://127.0.0.1:0")
        let (held, release) = AsyncStream<Void>.makeStream()
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await server.serve { request in
                    arrival.yield()
                    for await _ in held {}
                    return request
                }
            }
            let client = try RequestSocket(url)
            let request = Task { try await client.request([1], timeout: .seconds(20)) }
            for await _ in arrived { break }
            #expect(server.isSaturated)
            #expect(await server.abandon(grace: .milliseconds(50)))
            let next = try ReplySocket()
            #expect(try next.listen(url) == url)
            client.close()
            await #expect(throws: NNGError.self) { try await request.value }
            release.finish()
        }
    }

    /// Starting and stopping exclude each other: nobody waits for an operation that libnng will not carry out.
    @Test func clientsThatAreClosedWhileTheyAskAreAllTold() async throws {
        for _ in 0..<200 {
            let client = try RequestSocket("inproc://nobody-there")
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        await #expect(throws: NNGError.self) { try await client.request([1], timeout: .seconds(30)) }
                    }
                }
                client.close()
            }
        }
    }
}
