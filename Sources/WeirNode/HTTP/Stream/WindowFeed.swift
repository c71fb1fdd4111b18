import ServiceLifecycle
import WeirWire

/// Asks the coordinator what has closed, for all clients of the node at once, and hands it to them.
///
/// Each client has a bounded buffer. One that reads so slowly that its buffer is full is dropped.
actor WindowFeed {
    private let cluster: ClusterLine
    private let bufferMax: Int
    private let clientsMax: Int
    private var clients: [Int: Client] = [:]
    private var lastClient = 0
    /// Up to where emissions were handed out; nil while nobody listens.
    private var last: UInt64?
    private var isStopping = false

    private struct Client {
        var type: String?
        var input: AsyncStream<StreamClient.Part>.Continuation
        var mailbox: StreamClient.Mailbox
    }

    /// Wall clock: the longest time between the closing of a window and its event.
    private static let interval = Duration.milliseconds(200)
    /// Wall clock: a client gets a sign of life at least so often.
    private static let heartbeat = Duration.seconds(15)
    /// Emissions that are asked for at a time: no more than a client that reads has room for.
    private var pageMax: Int { min(200, bufferMax) }

    init(_ cluster: ClusterLine, bufferMax: Int, clientsMax: Int) {
        self.cluster = cluster
        self.bufferMax = bufferMax
        self.clientsMax = clientsMax
    }

    var clientCount: Int { clients.count }

    /// - Parameters:
    ///   - type: of the windows that are wanted; nil for all.
    ///   - after: the last emission that the client has; nil for those from now on.
    func subscribe(type: String?, after: UInt64?) async throws(Problem) -> StreamClient {
        guard !isStopping else { throw Problem(.unavailable, "the node is stopping; come back later") }
        guard clients.count < clientsMax else {
            throw .later("\(clients.count) clients have streams open (http.streams_max)")
        }
        if last == nil {
            // From here on nothing is missed.
            let now = try await page(after: nil).last
            if last == nil { last = now }
        }
        let (parts, input) = AsyncStream.makeStream(
            of: StreamClient.Part.self,
            bufferingPolicy: .bufferingOldest(bufferMax)
        )
        lastClient += 1
        let id = lastClient
        let mailbox = StreamClient.Mailbox()
        clients[id] = Client(type: type, input: input, mailbox: mailbox)
        return StreamClient(
            type: type,
            after: after,
            parts: parts,
            mailbox: mailbox,
            page: { after throws(Problem) in try await self.page(after: after) },
            onEnd: { await self.remove(id) }
        )
    }

    private func remove(_ id: Int) {
        clients[id]?.input.finish()
        clients[id] = nil
        if clients.isEmpty { last = nil }
    }

    /// Runs until the node stops.
    func run() async {
        await cancelWhenGracefulShutdown {
            let clock = ContinuousClock()
            var beat = clock.now
            while !Task.isCancelled {
                await self.handOut()
                if clock.now - beat >= Self.heartbeat {
                    await self.sendHeartbeats()
                    beat = clock.now
                }
                try? await Task.sleep(for: Self.interval)  // Ends early only by cancellation.
            }
        }
        isStopping = true
        for client in clients.values {
            client.mailbox.end(because: "the node is stopping; come back with Last-Event-ID")
            client.input.finish()
        }
    }

    private func sendHeartbeats() {
        for client in clients.values { client.input.yield(.heartbeat) }
    }

    private func handOut() async {
        while let after = last, !clients.isEmpty {
            // Without an answer the next round asks again.
            guard let page = try? await page(after: after) else { return }
            for emission in page.emissions {
                for (id, client) in clients where client.type == nil || client.type == emission.windowType {
                    if case .dropped = client.input.yield(.emission(emission)) {
                        client.mailbox.end(
                            because:
                                "too slow: \(bufferMax) windows waited (http.stream_buffer_max); come back with Last-Event-ID"
                        )
                        client.input.finish()
                        clients[id] = nil
                    }
                }
            }
            guard last == after else { return }  // Everyone left meanwhile.
            last = page.last
            if page.emissions.isEmpty { return }
        }
    }

    private func page(after: UInt64?) async throws(Problem) -> EmissionPage {
        let json = try await cluster.ask(.emissions(after: after, limit: pageMax))
        guard let page = EmissionPage(json: json) else {
            throw Problem(
                .internalError,
                "the coordinator's emissions can't be read; run the same version on all nodes"
            )
        }
        return page
    }
}
