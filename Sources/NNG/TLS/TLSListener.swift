import CNNG
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Listens on `tls+tcp://` URLs with NIO and BoringSSL, and speaks nng's protocol there, so that peers with libnng notice no difference.
///
/// libnng 1.5.2's own TLS listener (mbedtls) stalls within seconds when many clients come and go, takes threads with it that all sockets of the process
/// share, and can't be given another certificate.
final class TLSListener: Sendable {
    private let spoken: SPProtocol
    private let contexts: TLSContexts?
    private let limits: NNGLimits
    private let refused: @Sendable (TLSRefusal) -> Void
    private let state: Mutex<State>

    private struct State {
        var listeners: [any Channel] = []
        /// Of peers, from when they are accepted.
        var connections: [ConnectionID: any Channel] = [:]
        var lastID: Int32
        var isClosed = false
    }

    init(
        speaking spoken: SPProtocol,
        _ contexts: TLSContexts?,
        _ limits: NNGLimits,
        refused: (@Sendable (TLSRefusal) -> Void)?
    ) {
        self.spoken = spoken
        self.contexts = contexts
        self.limits = limits
        self.refused = refused ?? { _ in }
        // libnng's are above 0. From anywhere, so that those of two listeners, one after the other, differ.
        state = Mutex(State(lastID: .random(in: Int32.min..<0)))
    }

    /// Whether it has been closed: then what ends is its own doing.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Starts to listen. Returns the URL with the port that was bound where 0 was asked for. Waits for the kernel, and for a name server where the host
    /// is a name.
    ///
    /// - Parameter owner: of each connection.
    func listen(_ url: String, for owner: any SPConnectionOwner) throws(NNGError) -> String {
        let operation = "listen on \(url) with TLS"
        guard let contexts else { throw NNGError(.credentials, operation + ": a certificate and its key are needed") }
        let address = TLSAddress(url)
        guard let port = address.port else { throw NNGError(Int32(bitPattern: NNG_EADDRINVAL.rawValue), operation) }
        let connectionsMax = limits.connectionsMax
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: Int32(clamping: limits.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        AcceptBackoffHandler(), AcceptLimit(connectionsMax: connectionsMax),
                    ])
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: waterMark)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let id = admit(channel) else { throw ChannelError.alreadyClosed }
                    let connection = SPConnection(
                        id,
                        speaking: spoken,
                        owner: owner,
                        limits: limits,
                        refused: refused
                    )
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOSSLServerHandler(context: contexts.current()), connection,
                    ])
                }
            }
        let listener: any Channel
        do {
            listener = try bootstrap.bind(host: address.hostToBind, port: port).wait()
        } catch {
            throw NNGError(binding: error, operation)
        }
        let isClosed = state.withLock { state in
            if !state.isClosed { state.listeners.append(listener) }
            return state.isClosed
        }
        if isClosed { listener.close(promise: nil) }
        guard url.hasSuffix(":0"), let bound = listener.localAddress?.port else { return url }
        return url.dropLast() + String(bound)
    }

    /// What may wait to be sent: of a reply it is one that is under way, of what is published all that a subscriber lags behind.
    private var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
        switch spoken {
        case .publish: .init(low: limits.unsentBytesMax / 2, high: limits.unsentBytesMax)
        case .subscribe, .request, .reply: .init(low: 32 << 10, high: 64 << 10)
        }
    }

    private func admit(_ channel: any Channel) -> ConnectionID? {
        let peer = channel.remoteAddress.flatMap(\.peerText) ?? "unknown"
        let id = state.withLock { state -> ConnectionID? in
            if state.isClosed { return nil }
            state.lastID = state.lastID == -1 ? .min : state.lastID + 1
            let id = ConnectionID(state.lastID, peer: peer)
            state.connections[id] = channel
            return id
        }
        guard let id else { return nil }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { _ = $0.connections.removeValue(forKey: id) }
        }
        return id
    }

    /// Accepts no further connection; those that there are stay. Returns when the addresses are free.
    func stop() async {
        for listener in state.withLock({ $0.listeners }) {
            listener.close(promise: nil)
            try? await listener.closeFuture.get()
        }
    }

    /// Closes all connections, and accepts no further one.
    func close() {
        let (listeners, connections) = state.withLock { state in
            state.isClosed = true
            return (state.listeners, Array(state.connections.values))
        }
        for channel in listeners + connections { channel.close(promise: nil) }
    }
}

extension SocketAddress {
    /// As ``ConnectionID/peer`` has it.
    fileprivate var peerText: String? {
        guard let ipAddress, let port else { return nil }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}

extension NNGError {
    /// Why an address can't be listened on, in libnng's terms.
    fileprivate init(binding error: any Error, _ operation: String) {
        let code =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: NNG_EADDRINUSE.rawValue
            case EACCES, EPERM: NNG_EPERM.rawValue
            case EMFILE, ENFILE: NNG_ENOFILES.rawValue
            case let number? where number != EADDRNOTAVAIL: NNG_ESYSERR.rawValue + UInt32(number)
            // Also a name that has no address.
            default: NNG_EADDRINVAL.rawValue
            }
        self.init(Int32(bitPattern: code), operation)
    }
}
