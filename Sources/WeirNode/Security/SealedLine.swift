import NNG
import Synchronization
import WeirCore
import WeirWire

/// The client's side of a line: requests go out with the proof that the line asks for, and replies are believed only with theirs.
package final class SealedLine: Sendable {
    private let socket: RequestSocket
    private let seal: MessageSeal
    private let roles: RoleSecrets
    private let sessions = Mutex<[PeerRole: Session]>([:])

    private struct Session {
        var token: SessionToken
        var number: UInt64 = 0
    }

    /// How often a request is sealed anew because the server does not know its session: once after the server's start, and again when its
    /// table overflows in between.
    private static let sessionsMax = 4

    init(_ socket: RequestSocket, seal: MessageSeal, roles: RoleSecrets) {
        self.socket = socket
        self.seal = seal
        self.roles = roles
    }

    /// Sends a request and awaits its reply.
    ///
    /// - Parameter candidates: roles to speak as; the first whose secret is there. Without secrets of roles they do not matter.
    /// - Throws: ``NNGError``, or ``DecodingFailure`` when the reply is not what it must be.
    package func request(_ message: [UInt8], as candidates: [PeerRole], timeout: Duration) async throws -> [UInt8] {
        guard let role = candidates.first(where: { !roles[$0].isEmpty }), let secret = roles[role].first else {
            let sealed = seal.seal(message)
            return try seal.open(try await socket.request(sealed.bytes, timeout: timeout), to: sealed)
        }
        let end = ContinuousClock.now + timeout
        for _ in 0...Self.sessionsMax {
            let place = nextPlace(of: role)
            let sealed = RoleEnvelope.seal(
                // Who has no session asks for one first, with nothing else.
                place.token == .none ? [] : message,
                as: role,
                with: secret,
                for: seal.purpose,
                in: place.token,
                number: place.number
            )
            let reply = try await socket.request(sealed.bytes, timeout: max(.zero, end - .now))
            switch try RoleEnvelope.open(reply, to: sealed) {
            case .message(let message): return message
            case .session(let token): adopt(token, insteadOf: place.token, role)
            }
        }
        throw DecodingFailure.invalid("the other side gives a new session again and again, and takes none; see its log")
    }

    package func close() { socket.close() }

    private func nextPlace(of role: PeerRole) -> Session {
        sessions.withLock { sessions in
            guard sessions[role] != nil else { return Session(token: .none) }
            sessions[role]!.number += 1
            return sessions[role]!
        }
    }

    /// Requests side by side may each be given a session: the first is taken.
    private func adopt(_ token: SessionToken, insteadOf old: SessionToken, _ role: PeerRole) {
        sessions.withLock { sessions in
            if (sessions[role]?.token ?? .none) == old { sessions[role] = Session(token: token) }
        }
    }
}
