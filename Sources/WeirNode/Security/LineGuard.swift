import Synchronization
import WeirCore
import WeirWire

/// The server's side of a line: what comes in is opened, and whoever speaks is known, before anything is decoded; replies are sealed as
/// their requests were.
///
/// With secrets of roles every request has to prove a role, or, while a cluster moves to roles, the secret of the whole cluster where this
/// node still has that.
package final class LineGuard: Sendable {
    private let seal: MessageSeal
    private let roles: RoleSecrets
    private let state = Mutex(State())

    private struct State {
        var table = SessionTable()
        /// Requests under way, with those of their repetitions that wait for the same reply.
        var running: [Running: [CheckedContinuation<[UInt8]?, Never>]] = [:]
    }

    private struct Running: Hashable {
        var role: PeerRole
        var session: UInt64
        var number: UInt64
    }

    /// Repetitions of one request that wait for its reply; libnng makes one every ``RequestSocket/resendTime``. Further ones are given a new
    /// session at once.
    private static let repetitionsMax = 16

    init(seal: MessageSeal, roles: RoleSecrets) {
        self.seal = seal
        self.roles = roles
    }

    /// Repetitions that wait for the reply of the request that they repeat.
    var waiting: Int { state.withLock { $0.running.values.reduce(0) { $0 + $1.count } } }

    /// Answers a request: the handler's reply, sealed, or a refusal.
    ///
    /// - Parameter refused: is told why a request is refused.
    package func answer(
        _ request: [UInt8],
        refused: (String) async -> Void,
        _ handler: ([UInt8], Speaker) async -> [UInt8]
    ) async -> [UInt8] {
        do throws(RoleRefusal) {
            guard request.first == MessageLead.proven else {
                guard roles.isEmpty || seal.secret != nil else { throw .unproven(known: roles.roles) }
                let speaker: Speaker = seal.secret == nil ? .anyone : .member
                return await seal.answer(request, refused: refused) { await handler($0, speaker) }
            }
            guard !roles.isEmpty else { throw .notAsked }
            let opened = try RoleEnvelope.open(request, with: roles, for: seal.purpose)
            return await answer(opened, handler)
        } catch {
            await refused(error.description)
            return WireRefusal(reason: error.description).encoded
        }
    }

    private func answer(
        _ request: RoleEnvelope.OpenedRequest,
        _ handler: ([UInt8], Speaker) async -> [UInt8]
    ) async -> [UInt8] {
        let key = Running(role: request.role, session: request.session.issue, number: request.number)
        let isFirst = state.withLock { state in
            guard state.table.admit(request.number, of: request.session, for: request.role) else { return false }
            state.running[key] = []
            return true
        }
        if isFirst {
            let reply = RoleEnvelope.seal(.message(await handler(request.message, .role(request.role))), to: request)
            for waiting in state.withLock({ $0.running.removeValue(forKey: key) }) ?? [] {
                waiting.resume(returning: reply)
            }
            return reply
        }
        if let reply = await replyOfRepeated(key, request) { return reply }
        let session = state.withLock { $0.table.offer(to: request.role) }
        return RoleEnvelope.seal(.session(session), to: request)
    }

    /// The reply of the request under way that this one repeats; nil when there is none, or too many wait for it.
    private func replyOfRepeated(_ key: Running, _ request: RoleEnvelope.OpenedRequest) async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard let waiting = state.running[key], waiting.count < Self.repetitionsMax,
                    // The number of a request under way is one of this server's sessions, but this may be another's.
                    state.table.isOwn(request.session, of: request.role)
                else { return false }
                state.running[key] = waiting + [continuation]
                return true
            }
            if !waits { continuation.resume(returning: nil) }
        }
    }
}
