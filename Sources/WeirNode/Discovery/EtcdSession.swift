import Foundation
import Synchronization

/// A user's session with etcd: the token that stands for name and password. Tokens end, when they were not used for a while (`--auth-token-ttl`), when
/// their time is over (JWT), with a restart of a member, and when a password is changed.
final class EtcdSession: Sendable {
    let user: EtcdUser
    private let client: RegistryClient
    private let state = Mutex(State.new)

    private enum State {
        /// → any other
        case new
        /// etcd has no users yet, and takes no token. → any other, when it wants one
        case open
        /// → any other, when it is refused
        case held(String)
        /// This password is wrong, as far as was known then. → any other
        case refused(password: String, at: ContinuousClock.Instant, DiscoveryFailure)
    }

    /// Wall clock: a password that was refused is not tried again before, unless it has changed. Each trial costs etcd some 0.1 s of a processor.
    static let retryDelay = Duration.seconds(1)

    init(of user: EtcdUser, at client: RegistryClient) {
        self.user = user
        self.client = client
    }

    /// The token to ask with; nil where etcd has no users.
    ///
    /// - Parameter refused: the one that was asked with, and is not to be used again.
    /// - Throws: also when there was none by then.
    func token(
        insteadOf refused: Refused? = nil,
        by end: ContinuousClock.Instant
    ) async throws(DiscoveryFailure) -> String? {
        switch state.withLock({ $0 }) {
        case .held(let token) where refused?.token != token: return token
        case .open where refused == nil: return nil
        case .refused(let password, let at, let failure):
            let isSame = try user.password() == password
            if isSame, .now - at < Self.retryDelay { throw failure }
        case .new, .open, .held: break
        }
        return try await authenticate(by: end)
    }

    /// What etcd did not take: a token, or none.
    struct Refused {
        var token: String?
    }

    private func authenticate(by end: ContinuousClock.Instant) async throws(DiscoveryFailure) -> String? {
        struct Question: Encodable {
            var name: String
            var password: String
        }
        struct Answer: Decodable {
            var token: String
        }
        let password = try user.password()
        let question = Question(name: user.name, password: password)
        do throws(DiscoveryFailure) {
            let answer: Answer = try await client.call(.POST, "/v3/auth/authenticate", question, by: end)
            state.withLock { $0 = .held(answer.token) }
            return answer.token
        } catch {
            switch EtcdRefusal(error) {
            case .isOpen:
                state.withLock { $0 = .open }
                return nil
            case .password:
                let failure = DiscoveryFailure.denied(
                    place: client.place,
                    reason: "it does not know the user \(user.name) with this password",
                    remedy:
                        "check discovery.etcd_username and discovery.etcd_password_file, and: etcdctl user get \(user.name)"
                )
                state.withLock { $0 = .refused(password: password, at: .now, failure) }
                throw failure
            case .token, .permission, .commonName, nil:
                throw error
            }
        }
    }
}
