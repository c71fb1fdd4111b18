import NIOSSL

/// Gives each connection that a `tls+tcp://` listener accepts the context of its handshake: what is shown and believed may so change while it listens.
public struct TLSContexts: Sendable {
    let current: @Sendable () -> NIOSSLContext

    /// - Parameter current: is asked with each connection, and must return at once.
    public init(_ current: @escaping @Sendable () -> NIOSSLContext) { self.current = current }
}
