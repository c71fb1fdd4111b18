import Logging
import NNG
import WeirCore
import WeirWire

/// A node's line to the coordinator.
public struct ControlClient: Sendable {
    private let line: SealedLine
    private let timeout: Duration
    private let role: PeerRole?

    /// - Parameters:
    ///   - url: of the coordinator, which need not run yet.
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
        let socket = try RequestSocket(url, tls: security.tls, limits: limits, renewed: log?.renewal(of: url))
        line = security.line(socket, .control)
        self.role = role
        self.timeout = timeout
    }

    /// Largest message to or from a coordinator, in bytes.
    static let messageBytesMax = 512 << 20

    /// Sends a request and awaits the reply.
    public func send(_ request: ControlRequest) async throws(ControlFailure) -> ControlReply {
        do {
            return try ControlReply(
                decoding: try await line.request(request.encoded, as: speakers(for: request), timeout: timeout)
            )
        } catch let failure as NNGError {
            throw .transport(failure)
        } catch let failure as DecodingFailure {
            throw .reply(failure)
        } catch {
            preconditionFailure("requests and replies fail in these two ways alone: \(error)")
        }
    }

    public func close() { line.close() }

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

    public var description: String {
        switch self {
        case .transport(let failure): failure.description
        case .reply(let failure):
            "the coordinator's reply can't be read: \(failure)"
        }
    }
}
