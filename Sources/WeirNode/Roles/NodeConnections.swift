import NNG
import WeirWire

/// Which worker speaks by which connection, so that the end of a connection says who has gone.
struct NodeConnections {
    struct Identity: Equatable {
        var name: NodeName
        var incarnation: Incarnation
    }

    private var speakers: [ConnectionID: Identity] = [:]
    /// Connections that have ended, newest last: what came by them may be told after their end.
    private var ended: [ConnectionID] = []

    /// Connections that are known; the end of a further one is not noticed, and its worker is missed by its silence.
    static let speakersMax = 4096
    /// Ended connections that are remembered. A request is told within moments.
    static let endedMax = 256

    /// A worker has spoken. Returns whether the connection is still there.
    mutating func speaks(_ node: Identity, over connection: ConnectionID) -> Bool {
        guard !ended.contains(connection) else { return false }
        if speakers.count < Self.speakersMax || speakers[connection] != nil { speakers[connection] = node }
        return true
    }

    /// Returns who spoke by the connection, if it was a worker.
    mutating func end(_ connection: ConnectionID) -> Identity? {
        if ended.count >= Self.endedMax { ended.removeFirst() }
        ended.append(connection)
        return speakers.removeValue(forKey: connection)
    }
}

extension ControlRequest {
    /// Of the worker that says so; nil for what others say.
    var workerIdentity: NodeConnections.Identity? {
        switch self {
        case .joinWorker(let presence): .init(name: presence.name, incarnation: presence.incarnation)
        case .commit(let commit): .init(name: commit.worker, incarnation: commit.incarnation)
        case .reportIngest, .lease, .report, .admin, .leave: nil
        }
    }
}
