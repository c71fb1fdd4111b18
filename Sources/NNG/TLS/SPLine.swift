import NIOCore

/// A connection over TLS, for who is not on its event loop.
struct SPLine: Sendable {
    let id: ConnectionID
    let channel: any Channel
    fileprivate let connection: NIOLoopBound<SPConnection>

    init(_ id: ConnectionID, _ channel: any Channel, _ connection: SPConnection) {
        self.id = id
        self.channel = channel
        self.connection = NIOLoopBound(connection, eventLoop: channel.eventLoop)
    }

    /// A message that waited has been taken: the connection may read on.
    func taken() {
        channel.eventLoop.execute { connection.value.taken() }
    }
}
