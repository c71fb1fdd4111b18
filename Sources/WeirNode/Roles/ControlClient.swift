import Logging
import NNG
import Synchronization
import WeirCluster
import WeirCore
import WeirWire

/// A node's line to the coordinator that leads, among those that it knows.
public final class ControlClient: Sendable {
    private let lines: [SealedLine]
    private let search: Mutex<LeaderSearch>
    private let timeout: Duration
    private let role: PeerRole?
    private let began = ContinuousClock.now

    /// - Parameters:
    ///   - url: of the coordinator, which need not run yet; of several, with commas between them.
    ///   - timeout: for a reply.
    ///   - role: of the node; nil for who only asks what operators ask.
    ///   - log: is told when nothing was answered and another connection is tried; nil for who waits for each answer and says so itself.
    public init(
        url: String,
        timeout: Duration,
        security: TransportSecurity,
        as role: PeerRole?,
        log: Logger? = nil
    ) throws(NNGError) {
        var limits = NNGLimits()
        limits.messageBytesMax = Self.messageBytesMax
        let urls = ControlURLs.split(url)
        var lines: [SealedLine] = []
        for url in urls {
            let socket = try RequestSocket(url, tls: security.tls, limits: limits, renewed: log?.renewal(of: url))
            lines.append(security.line(socket, .control))
        }
        self.lines = lines
        search = Mutex(LeaderSearch(urls))
        self.role = role
        self.timeout = timeout
    }

    /// Largest message to or from a coordinator, in bytes.
    static let messageBytesMax = 512 << 20

    /// Sends a request and awaits the reply. A standby is passed over, and the one that leads is looked for among the others, as long as the reply
    /// may take.
    public func send(_ request: ControlRequest) async throws(ControlFailure) -> ControlReply {
        let end = ContinuousClock.now + timeout
        while true {
            if lines.count > 1 { try await find(until: end) }
            if let reply = try await ask(request, answeredBy: end, until: end) { return reply }
        }
    }

    /// Wall clock: how long one coordinator of several may take to say whether it leads.
    static let probeTimeout = Duration.seconds(1)

    /// Looks for the one that leads, unless it is known, by a question that every coordinator answers at once. So a request that may take
    /// long is not kept waiting by one that is gone.
    private func find(until end: ContinuousClock.Instant) async throws(ControlFailure) {
        while !search.withLock({ $0.isFound }) {
            do throws(ControlFailure) {
                let probeEnd = min(end, .now + Self.probeTimeout)
                if try await ask(.admin(.nodes), answeredBy: probeEnd, until: end) != nil { return }
            } catch .transport(let failure) where .now + Self.probeTimeout < end && !Task.isCancelled {
                // The next one, unless the line itself is closed.
                if failure.isClosed { throw .transport(failure) }
            }
        }
    }

    /// Asks the one that is thought to lead; nil when it does not, and the next is to be asked.
    private func ask(
        _ request: ControlRequest,
        answeredBy answerEnd: ContinuousClock.Instant,
        until end: ContinuousClock.Instant
    ) async throws(ControlFailure) -> ControlReply? {
        let index = search.withLock { $0.current }
        let reply: ControlReply
        do {
            let (line, speakers) = (lines[index], speakers(for: request))
            let answer = try await line.request(request.encoded, as: speakers, timeout: answerEnd - .now)
            reply = try ControlReply(decoding: answer)
        } catch let failure as NNGError {
            search.withLock { $0.noAnswer(of: index, at: .now - began) }
            throw .transport(failure)
        } catch let failure as DecodingFailure {
            // One of another version or secret is no leader to stay with.
            search.withLock { if !$0.isFound { $0.noAnswer(of: index, at: .now - began) } }
            throw .reply(failure)
        } catch {
            preconditionFailure("requests and replies fail in these two ways alone: \(error)")
        }
        guard case .notLeader(let leader) = reply else {
            search.withLock { $0.found(index) }
            return reply
        }
        let pause = search.withLock { $0.isStandby(index, leader: leader, at: .now - began) }
        guard lines.count > 1, .now + pause < end else { throw .notLeader(leader: leader) }
        if pause > .zero { try? await Task.sleep(for: pause) }  // Ends early only by cancellation.
        if Task.isCancelled { throw .notLeader(leader: leader) }
        return nil
    }

    public func close() {
        for line in lines { line.close() }
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

    public var description: String {
        switch self {
        case .transport(let failure): failure.description
        case .reply(let failure):
            "the coordinator's reply can't be read: \(failure)"
        case .notLeader(.some(let leader)):
            "it is a standby, and the coordinator that leads is at \(leader)"
        case .notLeader(.none):
            "it is a standby, and no coordinator leads now"
        }
    }
}
