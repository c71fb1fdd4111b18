import Foundation
import Logging
import NNG
import Synchronization

/// The server side of a node: a ``ReplySocket`` on one or more URLs that is probed as a client would, and made anew when it stops
/// answering.
///
/// libnng 1.5.2 can stall a listener after many clients came and went. The probe opens a connection of its own each
/// time, because that is what a stalled listener refuses while established connections go on. Within the process (`inproc`) nothing can
/// stall so, and listeners with TLS are not libnng's (`TLSListener`): neither is probed. When another listener is made anew, that with TLS is too.
final class WatchedServer: Sendable {
    typealias Handler = @Sendable ([UInt8], ConnectionID) async -> [UInt8]

    private let contexts: TLSContexts?
    private let refused: @Sendable (TLSRefusal) -> Void
    private let limits: NNGLimits
    private let watch: NodeConfiguration.Watchdog
    private let log: Logger
    private let disconnected: (@Sendable (ConnectionID) -> Void)?
    private let giveUp: @Sendable (TransportFailure) -> Void
    private let state: Mutex<State>
    private let generations: AsyncStream<ReplySocket>
    private let generation: AsyncStream<ReplySocket>.Continuation

    private struct State {
        var socket: ReplySocket
        /// As they were bound.
        var urls: [String] = []
        var isClosing = false
        var rebuilds = 0
        var probesAnswered = 0
        /// Whether libnng is at work on something that has to come back: a probe, or a step of making the socket anew.
        var isProbing = false
        /// Counts on while tasks run.
        var beats = 0
    }

    /// Time between two looks at whether a probe came back.
    private static let tick = Duration.milliseconds(100)
    /// How long a closed address may take to be free for the new listener.
    private static let listenTimeout = Duration.seconds(5)

    /// How long no task of the process may run, in seconds. Far longer than the load of a machine delays them.
    private static let standstillMax = 30

    /// - Parameters:
    ///   - disconnected: is told which connections clients have ended, or the network; must return at once.
    ///   - giveUp: is told when the transport can't be repaired; by default it ends the process.
    init(
        security: TransportSecurity,
        limits: NNGLimits,
        watchdog: NodeConfiguration.Watchdog,
        log: Logger,
        disconnected: (@Sendable (ConnectionID) -> Void)? = nil,
        giveUp: (@Sendable (TransportFailure) -> Void)? = nil
    ) throws(NNGError) {
        contexts = security.served?.contexts
        refused = log.refusals()
        self.limits = limits
        watch = watchdog
        self.log = log
        self.disconnected = disconnected
        self.giveUp = giveUp ?? { failure in TransportFailure.exit(failure, log) }
        let socket = try ReplySocket(
            tls: contexts,
            limits: limits,
            disconnected: disconnected,
            refused: refused
        )
        state = Mutex(State(socket: socket))
        (generations, generation) = AsyncStream.makeStream()
        generation.yield(socket)
    }

    /// Starts to listen on a URL. Returns the URL that was bound.
    @discardableResult
    func listen(_ url: String) throws(NNGError) -> String {
        let bound = try current.listen(url)
        state.withLock { $0.urls.append(bound) }
        return bound
    }

    /// How often the listeners were made anew.
    var rebuilds: Int { state.withLock { $0.rebuilds } }
    /// How many probes were answered.
    var probesAnswered: Int { state.withLock { $0.probesAnswered } }

    /// Answers requests until ``close()``.
    func serve(_ handler: @escaping @Sendable ([UInt8]) async -> [UInt8]) async {
        await serve(byConnection: { request, _ in await handler(request) })
    }

    /// Likewise, with a handler that is told by which connection a request came.
    func serve(byConnection handler: @escaping Handler) async {
        watchTasks()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watchListeners() }
            group.addTask { await self.watchProbes() }
            for await socket in generations {
                group.addTask { await socket.serve(byConnection: handler) }
            }
        }
    }

    /// Ends ``serve(_:)``: no further request is taken; it returns when those that were taken are answered.
    func close() {
        let socket = state.withLock { state in
            state.isClosing = true
            return state.socket
        }
        socket.close()
        generation.finish()
    }

    /// Does what a stalled listener does, for tests: it answers nobody any more, and nobody is told.
    func stall() { current.close() }

    private var current: ReplySocket { state.withLock { $0.socket } }
    private var isClosing: Bool { state.withLock { $0.isClosing } }

    // MARK: - Watchdog

    private func watchListeners() async {
        var machines: [String: WatchdogMachine] = [:]
        while await pause(watch.interval) {
            for url in state.withLock({ $0.urls }) where Self.isProbed(url) {
                let socket = current
                let outcome = await probe(url, socket)
                if isClosing { return }
                switch machines[url, default: WatchdogMachine(failuresMax: watch.failuresMax)].receive(outcome) {
                case nil: break
                case .warn:
                    log.warning(
                        "the listener does not answer the node's own probe, and never did; it is not watched",
                        metadata: ["url": "\(url)"]
                    )
                case .recovered: log.notice("the listener answers again", metadata: ["url": "\(url)"])
                case .rebuild: await rebuild(because: url, socket)
                case .giveUp:
                    giveUp(TransportFailure(url: url, reason: "does not answer, although it was made anew"))
                    return
                }
            }
        }
    }

    /// Sleeps in short steps, to end soon after ``close()``; returns whether to go on.
    private func pause(_ time: Duration) async -> Bool {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            if isClosing || Task.isCancelled { return false }
            try? await Task.sleep(for: min(Self.tick, end - .now))
        }
        return !isClosing
    }

    private func probe(_ url: String, _ socket: ReplySocket) async -> WatchdogMachine.Outcome {
        if socket.isSaturated { return .saturated }
        state.withLock { $0.isProbing = true }
        defer { state.withLock { $0.isProbing = false } }
        do throws(NNGError) {
            let client = try RequestSocket(Self.own(url), limits: .probe)
            defer { client.close() }
            let reply = try await client.request(ReplySocket.probe, timeout: watch.timeout)
            guard reply == ReplySocket.probe else { return .failed }
            state.withLock { $0.probesAnswered += 1 }
            return .answered
        } catch {
            log.debug("a probe failed", metadata: ["url": "\(url)", "error": "\(error)"])
            return socket.isSaturated ? .saturated : .failed
        }
    }

    /// When libnng as a whole hangs, a probe does not even time out. Counted in ticks, and not by the clock, so that a process that was
    /// stopped for a while does not take the pause for a stall.
    private func watchProbes() async {
        let ticksMax = Int((watch.timeout + Self.listenTimeout) / Self.tick) * 2
        var ticks = 0
        while await pause(Self.tick) {
            ticks = state.withLock {
                $0.beats += 1
                return $0.isProbing ? ticks + 1 : 0
            }
            if ticks > ticksMax {
                let url = state.withLock { $0.urls }.first ?? "an unknown URL"
                giveUp(TransportFailure(url: url, reason: "can't be probed: libnng does not come back"))
                return
            }
        }
    }

    /// When libnng keeps everyone who calls it, as in a deadlock of its own, it soon keeps all threads that tasks run on, and the watchers among
    /// them. So they are watched from a thread that does nothing else; in ticks, like probes.
    func watchTasks(tick: TimeInterval = 1, ticksMax: Int = WatchedServer.standstillMax) {
        let thread = Thread { [self] in
            Thread.current.name = "watchdog"
            var (seen, ticks) = (0, 0)
            while !isClosing {
                Thread.sleep(forTimeInterval: tick)
                let beats = state.withLock { $0.beats }
                ticks = beats == seen ? ticks + 1 : 0
                seen = beats
                guard ticks > ticksMax else { continue }
                let url = state.withLock { $0.urls }.first ?? "an unknown URL"
                giveUp(
                    TransportFailure(
                        url: url,
                        reason: "can't be watched: the tasks of the process stand still, most likely in libnng"
                    )
                )
                return
            }
        }
        thread.start()
    }

    /// Does something that libnng has to come back from.
    private func watched<Value>(
        _ work: () async throws(NNGError) -> Value
    ) async throws(NNGError) -> Value {
        state.withLock { $0.isProbing = true }
        defer { state.withLock { $0.isProbing = false } }
        return try await work()
    }

    /// Replaces the socket by a new one on the same URLs.
    private func rebuild(because url: String, _ old: ReplySocket) async {
        log.error(
            "the listener stopped answering and is made anew",
            metadata: ["url": "\(url)", "failures": "\(watch.failuresMax)"]
        )
        guard await old.abandon(grace: watch.grace + Self.tick) else {
            giveUp(TransportFailure(url: url, reason: "stopped answering, and libnng does not close it"))
            return
        }
        do throws(NNGError) {
            let new = try await watched { () throws(NNGError) in
                try ReplySocket(tls: contexts, limits: limits, disconnected: disconnected, refused: refused)
            }
            for url in state.withLock({ $0.urls }) {
                try await watched { () async throws(NNGError) in try await listen(new, url) }
            }
            let isClosing = state.withLock { state in
                state.socket = new
                state.rebuilds += 1
                return state.isClosing
            }
            if isClosing { new.close() }
            generation.yield(new)
        } catch {
            if isClosing { return }
            giveUp(TransportFailure(url: url, reason: "stopped answering, and can't be made anew: \(error)"))
        }
    }

    /// Listens as soon as the address is free.
    private func listen(_ socket: ReplySocket, _ url: String) async throws(NNGError) {
        let end = ContinuousClock.now + Self.listenTimeout
        while true {
            do throws(NNGError) {
                try socket.listen(url)
                return
            } catch {
                guard ContinuousClock.now < end, await pause(Self.tick) else { throw error }
            }
        }
    }

    /// Whether libnng can stall it.
    private static func isProbed(_ url: String) -> Bool {
        !url.hasPrefix("inproc://") && !TLSCredentials.isNeeded(for: url)
    }

    /// Where a listener is reached from its own host.
    static func own(_ url: String) -> String {
        for wildcard in ["//*:", "//0.0.0.0:", "//[::]:"] {
            if let range = url.firstRange(of: wildcard) {
                return url[..<range.lowerBound] + "//127.0.0.1:" + url[range.upperBound...]
            }
        }
        return url
    }
}

extension NNGLimits {
    /// Of a probe.
    fileprivate static var probe: NNGLimits {
        var limits = NNGLimits()
        limits.messageBytesMax = 1024
        limits.requestsInFlight = 1
        limits.requestsWaiting = 1
        return limits
    }
}
