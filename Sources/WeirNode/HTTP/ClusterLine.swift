import Logging
import WeirCore
import WeirWire

/// What HTTP asks of the coordinator, over the node's control line: the same on every node.
struct ClusterLine: Sendable {
    /// Asks, and returns the reply; nil when there is none in time.
    private let send: @Sendable (AdminRequest) async throws(ControlFailure) -> ControlReply

    init(_ control: ControlClient) {
        send = { request throws(ControlFailure) in try await control.send(.admin(request)) }
    }

    /// Wall clock: a coordinator that gives no answer for longer is unavailable. Longer than it asks workers about workflows.
    static let timeout = Duration.seconds(10)

    /// The answer's JSON.
    func ask(_ request: AdminRequest) async throws(Problem) -> [UInt8] {
        let reply: ControlReply
        do throws(ControlFailure) {
            reply = try await send(request)
        } catch {
            throw Problem(
                .unavailable,
                "the coordinator gives no answer: \(error); see to it that one runs, then ask again",
                headers: [.retryAfter: "1"]
            )
        }
        switch reply {
        case .json(let json): return json
        case .notFound(let what): throw Problem(.notFound, what)
        case .forbidden(let reason):
            throw Problem(.forbidden, "the coordinator refused this node, and not its client: \(reason)")
        case .refused(let reason): throw Problem(.unavailable, reason, headers: [.retryAfter: "1"])
        default:
            throw Problem(.internalError, "the coordinator answered something else; run the same version on all nodes")
        }
    }
}
