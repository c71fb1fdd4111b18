/// Every bound of the sockets, in one place.
public struct NNGLimits: Sendable, Hashable {
    /// Largest message that is taken in, in bytes; a peer that sends a larger one is disconnected. Never 0, which libnng takes for no
    /// limit.
    public var messageBytesMax = 64 << 20
    /// Requests that a server works on at a time; further ones wait in the transport. As many again of those that come over TLS.
    public var concurrentRequests = 64
    /// Connections of a listener with TLS at a time; further ones wait in the kernel until one ends. By default half of the files that the process may
    /// have open.
    public var connectionsMax = OpenFileLimit.current / 2
    /// Connections that wait in the kernel until a listener with TLS takes them, as far as it lets them (`net.core.somaxconn`). The handshake of one beyond
    /// is dropped, and tried again by its client after a second.
    public var backlog = 4096
    /// How long a client may take for the handshakes of TLS and nng together, before it is closed; libnng's own is 10 s as well.
    public var handshakeTimeout = Duration.seconds(10)
    /// How long a client over TLS may take nothing of what is sent to it, before it is closed.
    public var takeTimeout = Duration.seconds(60)
    /// What a subscriber over TLS may lag behind, in bytes, before it misses messages.
    public var unsentBytesMax = 16 << 20
    /// Requests that a client has in flight at a time.
    public var requestsInFlight = 8
    /// Requests that may wait for a free place in a client.
    public var requestsWaiting = 4096
    /// First and largest pause before a client connects again.
    public var reconnectMin = Duration.milliseconds(20)
    public var reconnectMax = Duration.milliseconds(500)

    /// How long nothing may be answered while requests are outstanding, before a client opens another line: at first, and at most, doubled
    /// each time.
    public var silenceMin = Duration.seconds(10)
    public var silenceMax = Duration.seconds(60)
    /// Lines that were given up and still have requests in flight; while there are so many no further one is given up.
    public var linesRetired = 4

    public init() {}
}
