import Foundation
import Synchronization
import Testing

@testable import NNG

/// Lines on which nothing is answered any more, and that libnng does not mend.
@Suite struct SilentLineTests {
    private var impatient: NNGLimits {
        var limits = NNGLimits()
        limits.silenceMin = .milliseconds(100)
        limits.silenceMax = .milliseconds(400)
        return limits
    }

    /// Asks until there is an answer, for as long as nobody could hold for a matter of speed.
    private func answer(_ client: RequestSocket, _ request: [UInt8]) async throws -> [UInt8]? {
        for _ in 0..<1200 {
            if let reply = try? await client.request(request, timeout: .milliseconds(50)) { return reply }
        }
        return nil
    }

    /// Asks until another connection comes.
    private func nextConnection(
        of client: RequestSocket,
        to listener: RawListener
    ) async throws -> RawListener.Connection {
        let asking = Task {
            while !Task.isCancelled { _ = try? await client.request([0], timeout: .milliseconds(50)) }
        }
        defer { asking.cancel() }
        return try await listener.accept()
    }

    /// The connection of a client that has had an answer by it.
    private func connection(of client: RequestSocket, to listener: RawListener) async throws -> RawListener.Connection {
        async let reply = client.request([0], timeout: .seconds(120))
        let connection = try await listener.accept()
        try await connection.greet()
        try await connection.reply(to: try await connection.request().id, [1])
        let answer = try await reply
        #expect(answer == [1])
        return connection
    }

    private func withServer(at url: String, _ body: () async throws -> Void) async throws {
        let server = try ReplySocket()
        try server.listen(url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.serve { $0.reversed() } }
            defer { server.close() }
            try await body()
        }
    }

    /// The first of the failures that ``RequestLine`` names: libnng 1.5.2 soon makes no further connection, ever.
    @Test func aPeerThatDiedWhileItWasDialledIsFoundWhenItIsBack() async throws {
        let path = "/tmp/weir-\(UUID().uuidString.prefix(8)).sock"
        defer { unlink(path) }
        var limits = impatient
        limits.reconnectMin = .milliseconds(1)
        limits.reconnectMax = .milliseconds(1)
        let client = try RequestSocket("ipc://\(path)", limits: limits)
        defer { client.close() }
        do {
            let dying = try RawListener.ipc(path)
            let lost = Task { try? await client.request([1], timeout: .seconds(1)) }
            try await dying.hangUpOnAll()
            _ = await lost.value
        }
        unlink(path)
        try await withServer(at: "ipc://\(path)") {
            let reply = try await answer(client, [1, 2])
            #expect(reply == [2, 1])
        }
    }

    /// As when a host dies without a word: the connection stays, for all that the client can know.
    @Test func aPeerThatKeepsItsConnectionAndSaysNothingIsLeftForOneThatSpeaks() async throws {
        var listener = Optional(try RawListener.tcp())
        let url = listener!.url
        let client = try RequestSocket(url, limits: impatient)
        defer { client.close() }
        let silent = try await connection(of: client, to: listener!)
        listener = nil
        try await withServer(at: url) {
            let reply = try await answer(client, [1, 2])
            #expect(reply == [2, 1])
        }
        // Nothing is in flight on it.
        try await silent.awaitEnd()
    }

    @Test func aReplyThatComesLateOnTheOldLineIsStillGivenAndThenTheLineIsClosed() async throws {
        let listener = try RawListener.tcp()
        let client = try RequestSocket(listener.url, limits: impatient)
        defer { client.close() }
        let old = try await connection(of: client, to: listener)
        async let late = client.request([7], timeout: .seconds(120))
        let request = try await old.request()
        #expect(request.body == [7])
        let new = try await nextConnection(of: client, to: listener)
        try await old.reply(to: request.id, [8])
        let reply = try await late
        #expect(reply == [8])
        try await old.awaitEnd()
        withExtendedLifetime(new) {}
    }

    @Test func noFurtherLineIsGivenUpWhileTooManyHaveRequestsInFlight() async throws {
        var limits = impatient
        limits.linesRetired = 1
        let renewals = Atomic(0)
        let listener = try RawListener.tcp()
        let client = try RequestSocket(listener.url, limits: limits) { _ in
            renewals.add(1, ordering: .sequentiallyConsistent)
        }
        defer { client.close() }
        func ask(until condition: (Int) -> Bool) async {
            while !condition(renewals.load(ordering: .sequentiallyConsistent)) {
                _ = try? await client.request([0], timeout: .milliseconds(50))
            }
        }
        let old = try await connection(of: client, to: listener)
        async let held = client.request([7], timeout: .seconds(120))
        let request = try await old.request()
        await ask { $0 == 1 }
        // Longer than the second line is given.
        for _ in 0..<20 { _ = try? await client.request([0], timeout: .milliseconds(50)) }
        #expect(renewals.load(ordering: .sequentiallyConsistent) == 1)
        try await old.reply(to: request.id, [8])
        let reply = try await held
        #expect(reply == [8])
        await ask { $0 > 1 }
    }

    @Test func whatWaitsForAPlaceOnASilentLineIsSentByTheNextOne() async throws {
        var limits = impatient
        limits.requestsInFlight = 1
        var listener = Optional(try RawListener.tcp())
        let url = listener!.url
        let client = try RequestSocket(url, limits: limits)
        defer { client.close() }
        let silent = try await connection(of: client, to: listener!)
        listener = nil
        try await withServer(at: url) {
            let stuck = Task { try await client.request([3], timeout: .milliseconds(500)) }
            _ = try await silent.request()
            let reply = try await client.request([4, 5], timeout: .seconds(120))
            #expect(reply == [5, 4])
            await #expect(throws: NNGError.self) { try await stuck.value }
        }
    }

    @Test func aRetiredLineSendsWhatWaitsElsewhereAndClosesWhenNothingIsInFlight() async throws {
        var limits = NNGLimits()
        limits.requestsInFlight = 1
        let line = try RequestLine(
            "inproc://nobody-is-there",
            tls: nil,
            limits: limits,
            resendTime: .seconds(10),
            silence: Silence(boundMin: .seconds(10), boundMax: .seconds(10))
        )
        let end = ContinuousClock.now + .milliseconds(500)
        let requests = (0..<3).map { number in Task { try await line.request([number], until: end) } }
        line.retire()
        var elsewhere = 0
        for request in requests {
            do {
                #expect(try await request.value == nil)
                elsewhere += 1
            } catch {
                #expect((error as? NNGError)?.isTimeout == true)
            }
        }
        #expect(elsewhere >= 2)
        #expect(line.hasEnded)
    }
}
