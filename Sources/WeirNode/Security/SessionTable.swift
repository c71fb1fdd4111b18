import WeirWire

/// A server's sessions: what makes a request that was recorded and is sent again another one than a new one.
///
/// The server hands out sessions, and within a session each number counts once. No clock is needed, and a session costs memory only from
/// its first use on, so that nobody without a secret can fill the table. A session of another life or another server is none. When a role has
/// too many, the older half of its sessions is no longer known, and neither is any that was handed out before them: their holders are given new
/// ones. Roles have room of their own, so that who holds the least secret can't make nodes start anew.
struct SessionTable: Sendable {
    /// Sessions of one role that are remembered, of about 200 bytes each.
    static let sessionsMax = 4096

    /// Of this life of the server.
    private let key = JoinSecret()
    private var sessions: [PeerRole: Sessions] = [:]

    private struct Sessions {
        var issued: UInt64 = 0
        /// Earlier ones are not known any more.
        var oldest: UInt64 = 1
        var windows: [UInt64: ReplayWindow] = [:]

        mutating func makeRoom() {
            guard windows.count >= SessionTable.sessionsMax else { return }
            let kept = windows.keys.sorted().suffix(SessionTable.sessionsMax / 2)
            oldest = kept.first ?? oldest
            for issue in windows.keys where issue < oldest { windows[issue] = nil }
        }
    }

    /// Hands a session out.
    mutating func offer(to role: PeerRole) -> SessionToken {
        sessions[role, default: Sessions()].issued += 1
        let issue = sessions[role]!.issued
        return SessionToken(issue: issue, mark: mark(issue, role))
    }

    /// Whether a session was handed out here, in this life, to the role, and is not forgotten.
    func isOwn(_ session: SessionToken, of role: PeerRole) -> Bool {
        guard let known = sessions[role], known.oldest <= session.issue, session.issue <= known.issued else {
            return false
        }
        return ConstantTime.isEqual(session.mark[...], mark(session.issue, role)[...])
    }

    /// Takes a number of a session. Returns whether the session is the role's own, and the number is used for the first time.
    mutating func admit(_ number: UInt64, of session: SessionToken, for role: PeerRole) -> Bool {
        guard isOwn(session, of: role) else { return false }
        if sessions[role]!.windows[session.issue] == nil {
            sessions[role]!.makeRoom()
            // What was forgotten to make room may include this one.
            guard session.issue >= sessions[role]!.oldest else { return false }
        }
        return sessions[role]!.windows[session.issue, default: ReplayWindow()].admit(number)
    }

    private func mark(_ issue: UInt64, _ role: PeerRole) -> [UInt8] {
        let tag = key.tag(.session, .reply, .control, context: [role.rawValue], issue.littleEndianBytes[...])
        return Array(tag.prefix(SessionToken.markBytes))
    }
}
