import Logging
import NNG
import Synchronization
import WeirCluster
import WeirCore
import WeirWire

/// A node's line to the coordinator that leads, among those that it knows.
public final class ControlClient: Sendable {
    private let directory: CoordinatorDirectory
    private let known = Mutex(Known())
    private let open: @Sendable (String) throws(NNGError) -> SealedLine
    private let timeout: Duration
    private let role: PeerRole?
    private let log: Logger?
    private let began = ContinuousClock.now

    /// The coordinators that are known, with a line to each.
    private struct Known {
        var lines: [String: SealedLine] = [:]
        /// Nil while none is known.
        var search: LeaderSearch?

        /// Tells the search something of a coordinator, if it is still known.
        mutating func note(_ url: String, _ body: (inout LeaderSearch, Int) -> Void) {
            guard var search, let index = search.urls.firstIndex(of: url) else { return }
            body(&search, index)
            self.search = search
        }
    }

    /// - Parameters:
    ///   - url: of the coordinator, which need not run yet; of several, with commas between them; or of a ``DiscoveryURL`` that knows them.
    ///   - discovery: how registries are reached.
    ///   - timeout: for a reply.
    ///   - role: of the node; nil for who only asks what operators ask.
    ///   - log: is told when nothing was answered and another connection is tried; nil for who waits for each answer and says so itself.
    public init(
        url: String,
        discovery: NodeConfiguration.Discovery = NodeConfiguration.Discovery(),
        timeout: Duration,
        security: TransportSecurity,
        as role: PeerRole?,
        log: Logger? = nil
    ) throws(NNGError) {
        open = { url throws(NNGError) in
            var limits = NNGLimits()
            limits.messageBytesMax = Self.messageBytesMax
            let socket = try RequestSocket(url, tls: security.tls, limits: limits, renewed: log?.renewal(of: url))
            return security.line(socket, .control)
        }
        directory = CoordinatorDirectory(url, discovery, log: log)
        self.role = role
        self.timeout = timeout
        self.log = log
        var lines: [String: SealedLine] = [:]
        for url in directory.fixed { lines[url] = try open(url) }
        let first = Known(lines: lines, search: directory.fixed.isEmpty ? nil : LeaderSearch(directory.fixed))
        known.withLock { $0 = first }
    }

    /// Largest message to or from a coordinator, in bytes.
    static let messageBytesMax = 512 << 20

    /// Sends a request and awaits the reply. A standby is passed over, and the one that leads is looked for among the others, as long as the reply
    /// may take.
    public func send(_ request: ControlRequest) async throws(ControlFailure) -> ControlReply {
        let end = ContinuousClock.now + timeout
        while true {
            if isSearched { try await find(until: end) }
            if let reply = try await ask(request, answeredBy: end, until: end) { return reply }
        }
    }

    /// Whether there may be another coordinator than the one that is asked.
    private var isSearched: Bool { !directory.isFixed || directory.fixed.count > 1 }

    /// Wall clock: how long one coordinator of several may take to say whether it leads; less where the time for all of them is short.
    static let probeTimeout = Duration.seconds(1)
    /// Wall clock: pause while no coordinator is known; no other one is asked in the last such time.
    private static let lookPause = Duration.milliseconds(100)

    /// Looks for the one that leads, unless it is known, by a question that every coordinator answers at once. So a request that may take
    /// long is not kept waiting by one that is gone.
    private func find(until end: ContinuousClock.Instant) async throws(ControlFailure) {
        while !known.withLock({ $0.search?.isFound ?? false }) {
            if !directory.isFixed {
                know(await directory.refresh())
                guard known.withLock({ $0.search != nil }) else {
                    guard .now + Self.lookPause < end, !Task.isCancelled else { throw .noneKnown(directory.problem) }
                    try? await Task.sleep(for: Self.lookPause)  // Ends early only by cancellation.
                    continue
                }
            }
            do throws(ControlFailure) {
                // One that is gone leaves the others their share of the time.
                let share = (end - .now) / max(1, known.withLock { $0.lines.count })
                let probeEnd = min(end, .now + min(share, Self.probeTimeout))
                if try await ask(.admin(.nodes), answeredBy: probeEnd, until: end) != nil { return }
            } catch .transport(let failure) where .now + Self.lookPause < end && !Task.isCancelled {
                // The next one, unless the line itself is closed.
                if failure.isClosed { throw .transport(failure) }
            }
        }
    }

    /// Takes over what the directory knows now. Lines to coordinators that it no longer knows are closed.
    private func know(_ urls: [String]) {
        known.withLock { known in
            guard urls != known.search?.urls ?? [] else { return }
            var lines: [String: SealedLine] = [:]
            for url in urls {
                if let line = known.lines[url] {
                    lines[url] = line
                    continue
                }
                do throws(NNGError) {
                    lines[url] = try open(url)
                } catch {
                    log?.error("a registry names a coordinator that can't be used", metadata: ["error": "\(error)"])
                }
            }
            for (url, line) in known.lines where lines[url] == nil { line.close() }
            let usable = urls.filter { lines[$0] != nil }
            known.lines = lines
            known.search = usable.isEmpty ? nil : LeaderSearch(usable)
        }
    }

    /// Asks the one that is thought to lead; nil when it does not, and the next is to be asked.
    private func ask(
        _ request: ControlRequest,
        answeredBy answerEnd: ContinuousClock.Instant,
        until end: ContinuousClock.Instant
    ) async throws(ControlFailure) -> ControlReply? {
        let current = known.withLock { known in
            known.search.flatMap { search in
                known.lines[search.urls[search.current]].map { (search.urls[search.current], $0) }
            }
        }
        guard let (url, line) = current else { throw .noneKnown(directory.problem) }
        let reply: ControlReply
        do {
            let answer = try await line.request(request.encoded, as: speakers(for: request), timeout: answerEnd - .now)
            reply = try ControlReply(decoding: answer)
        } catch let failure as NNGError {
            known.withLock { $0.note(url) { $0.noAnswer(of: $1, at: .now - began) } }
            throw .transport(failure)
        } catch let failure as DecodingFailure {
            // One of another version or secret is no leader to stay with.
            known.withLock { $0.note(url) { if !$0.isFound { $0.noAnswer(of: $1, at: .now - began) } } }
            throw .reply(failure)
        } catch {
            preconditionFailure("requests and replies fail in these two ways alone: \(error)")
        }
        guard case .notLeader(let leader) = reply else {
            known.withLock { $0.note(url) { $0.found($1) } }
            return reply
        }
        var pause = Duration.zero
        known.withLock { $0.note(url) { pause = $0.isStandby($1, leader: leader, at: .now - began) } }
        guard isSearched, .now + pause < end else { throw .notLeader(leader: leader) }
        if pause > .zero { try? await Task.sleep(for: pause) }  // Ends early only by cancellation.
        if Task.isCancelled { throw .notLeader(leader: leader) }
        return nil
    }

    public func close() {
        for line in known.withLock({ Array($0.lines.values) }) { line.close() }
    }

    /// Roles to speak as, the one with the least right that is enough first. When none that is enough is there the coordinator says what is
    /// needed.
    private func speakers(for request: ControlRequest) -> [PeerRole] {
        let own = (role.map { [$0] } ?? []) + PeerRole.people
        let allowed = Authorization.roles(for: request)
        return own.filter(allowed.contains) + own.filter { !allowed.contains($0) }.reversed()
    }
}

/// No usable answer from the coordinator.
public enum ControlFailure: Error, Sendable, CustomStringConvertible {
    case transport(NNGError)
    /// A reply that can't be read: another version answers.
    case reply(DecodingFailure)
    /// Of the coordinators that were asked none leads; a standby named this one's URL.
    case notLeader(leader: String?)
    /// Where coordinators are looked for none is known; with what that place failed in, if it did.
    case noneKnown(DiscoveryFailure?)

    public var description: String {
        switch self {
        case .transport(let failure): failure.description
        case .reply(let failure):
            "the coordinator's reply can't be read: \(failure)"
        case .notLeader(.some(let leader)):
            "it is a standby, and the coordinator that leads is at \(leader)"
        case .notLeader(.none):
            "it is a standby, and no coordinator leads now"
        case .noneKnown(let problem?):
            "coordinators can't be looked for: \(problem)"
        case .noneKnown(nil):
            "no coordinator is known there; start one that makes itself known in that registry (discovery.consul, discovery.etcd), or "
                + "check the name and the prefix"
        }
    }
}
