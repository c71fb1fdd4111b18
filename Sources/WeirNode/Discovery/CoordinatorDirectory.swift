import Foundation
import Logging
import Synchronization

/// The control URLs of the coordinators that a node was told of: those that are written down, and those that registries know.
final class CoordinatorDirectory: Sendable {
    /// Those that are written down, in their order.
    let fixed: [String]
    private let sources: [DiscoveryURL]
    private let configuration: NodeConfiguration.Discovery
    private let log: Logger?
    private let state = Mutex(State())
    private let notices = NoticeLimiter()

    private struct State {
        /// What each source said last.
        var found: [DiscoveryURL: [String]] = [:]
        var askedAt: ContinuousClock.Instant?
        var isAsking = false
        /// Registries that were asked: their connections are used again.
        var agents: [DiscoveryURL: ConsulAgent] = [:]
        var gateways: [DiscoveryURL: EtcdGateway] = [:]
        /// Why a source gave no answer, when they were last asked.
        var problem: DiscoveryFailure?
    }

    /// Wall clock: registries are not asked more often.
    static let askInterval = Duration.seconds(1)

    /// - Parameter text: nng URLs and those of ``DiscoveryURL``, with commas between them.
    init(_ text: String, _ configuration: NodeConfiguration.Discovery, log: Logger?) {
        let parts = ControlURLs.split(text)
        sources = parts.compactMap { DiscoveryURL($0) }
        fixed = parts.filter { DiscoveryURL($0) == nil }
        self.configuration = configuration
        self.log = log
    }

    /// Whether all are written down.
    var isFixed: Bool { sources.isEmpty }

    /// All that are known, each once, at most ``ControlURLs/max``.
    var known: [String] {
        state.withLock { state in
            var urls = fixed
            for source in sources {
                for url in state.found[source] ?? [] where !urls.contains(url) { urls.append(url) }
            }
            return Array(urls.prefix(ControlURLs.max))
        }
    }

    /// Why a registry gave no answer, when they were last asked; nil when all did.
    var problem: DiscoveryFailure? { state.withLock { $0.problem } }

    /// Asks all registries, unless they were just asked, and returns ``known``. One that gives no answer, or knows nobody,
    /// keeps what it said last.
    func refresh() async -> [String] {
        let isDue = state.withLock { state in
            let now = ContinuousClock.now
            if state.isAsking { return false }
            if let askedAt = state.askedAt, now - askedAt < Self.askInterval { return false }
            state.isAsking = true
            return true
        }
        guard isDue else { return known }
        var problem: DiscoveryFailure?
        for source in sources {
            do throws(DiscoveryFailure) {
                let urls = try await ask(source)
                // Of a coordinator that its registry has forgotten nothing worse is known than that.
                if !urls.isEmpty { state.withLock { $0.found[source] = urls } }
            } catch {
                problem = error
                guard notices.admits("discovery \(source)") else { continue }
                log?.warning(
                    "coordinators can't be looked for; those that are known are asked (said at most every 30 s)",
                    metadata: ["error": "\(error)"]
                )
            }
        }
        state.withLock { state in
            state.isAsking = false
            state.askedAt = .now
            state.problem = problem
        }
        return known
    }

    private func ask(_ source: DiscoveryURL) async throws(DiscoveryFailure) -> [String] {
        switch source {
        case .dns(let scheme, let host, let port):
            return try await HostAddresses.all(of: host).map { "\(scheme)://\($0):\(port)" }
        case .consul(let url, let service):
            return try await client(\.agents, source) { () throws(DiscoveryFailure) in
                try ConsulAgent(url, configuration, log: log)
            }.controlURLs(of: service)
        case .etcd(let url, let prefix):
            return try await client(\.gateways, source) { () throws(DiscoveryFailure) in
                try EtcdGateway([url], configuration, log: log)
            }.values(under: prefix)
        }
    }

    /// The client of a source, made when it is first asked. One question is under way at a time.
    private func client<Client: Sendable>(
        _ clients: any WritableKeyPath<State, [DiscoveryURL: Client]> & Sendable,
        _ source: DiscoveryURL,
        make: () throws(DiscoveryFailure) -> Client
    ) throws(DiscoveryFailure) -> Client {
        if let known = state.withLock({ $0[keyPath: clients][source] }) { return known }
        let client = try make()
        state.withLock { $0[keyPath: clients][source] = client }
        return client
    }
}
