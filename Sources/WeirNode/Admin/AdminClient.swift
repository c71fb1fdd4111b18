import Foundation
import NNG
import WeirCore
import WeirWire

/// What an operator asks a coordinator. Answers are JSON.
public struct AdminClient: Sendable {
    private let url: String
    private let control: ControlClient

    /// - Parameters:
    ///   - url: the coordinator's control URL.
    ///   - discovery: how registries are reached, where the URL names some.
    public init(
        url: String,
        discovery: NodeConfiguration.Discovery = NodeConfiguration.Discovery(),
        timeout: Duration,
        security: TransportSecurity = .none
    ) throws(NNGError) {
        self.url = url
        control = try ControlClient(url: url, discovery: discovery, timeout: timeout, security: security, as: nil)
    }

    /// Asks, and returns the answer's JSON.
    public func ask(_ request: AdminRequest) async throws(AdminFailure) -> [UInt8] {
        let reply: ControlReply
        do throws(ControlFailure) {
            reply = try await control.send(.admin(request))
        } catch {
            throw .unreachable(url: url, error)
        }
        switch reply {
        case .json(let json): return json
        case .refused(let reason), .forbidden(let reason): throw .refused(reason)
        case .notFound(let what): throw .notFound(what)
        default: throw .refused("an answer of another kind came; run the same version on both sides")
        }
    }

    public func close() { control.close() }
}

/// An operator's question has no answer.
public enum AdminFailure: Error, Sendable, CustomStringConvertible {
    case unreachable(url: String, ControlFailure)
    case refused(String)
    /// The answer is that there is no such thing.
    case notFound(String)

    public var description: String {
        switch self {
        case .unreachable(let url, .reply(let failure)):
            "the coordinator at \(url) answers, and not as it must: \(failure)"
        case .unreachable(let url, .notLeader(let leader)):
            leader.map { "the coordinator at \(url) is a standby; the one that leads is at \($0): ask that one (--to)" }
                ?? "of the coordinators at \(url) none leads now; ask again, or see their logs"
        case .unreachable(_, .noneKnown(.some(let problem))):
            "\(ControlFailure.noneKnown(problem))"
        case .unreachable(let url, let failure):
            "no coordinator answers at \(url): \(failure); is a node running there? See weir up --help, and --to"
        case .refused(let reason), .notFound(let reason): reason
        }
    }
}
