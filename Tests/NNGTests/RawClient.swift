import NIOCore
import NIOPosix
import NIOSSL
import NNG

/// A client of a listener with TLS that is not libnng's, and says whatever a test has it say.
final class RawClient: Sendable {
    private let channel: any Channel
    private let received: AsyncStream<[UInt8]>

    /// - Parameter credentials: nil to speak no TLS.
    init(_ url: String, _ credentials: TLSCredentials?) async throws {
        let context = try credentials.map { credentials in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(
                try NIOSSLCertificate.fromPEMBytes(Array((credentials.authorities ?? "").utf8))
            )
            if let certificate = credentials.certificate, let key = credentials.key {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map {
                    .certificate($0)
                }
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
            }
            return try NIOSSLContext(configuration: configuration)
        }
        let (received, receive) = AsyncStream<[UInt8]>.makeStream()
        self.received = received
        let parts = url.split(separator: ":")
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let sync = channel.pipeline.syncOperations
                    if let context { try sync.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil)) }
                    try sync.addHandler(Collector(receive))
                }
            }
            .connect(host: "127.0.0.1", port: Int(parts.last!)!).get()
    }

    func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    /// Reads nothing from now on.
    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    /// Whether all that was sent is with the kernel, or nearly.
    var isWritable: Bool { channel.isWritable }

    /// What comes until there are so many bytes, or the listener closes.
    func receive(_ count: Int = .max) async -> [UInt8] {
        var bytes: [UInt8] = []
        for await chunk in received {
            bytes += chunk
            if bytes.count >= count { break }
        }
        return bytes
    }

    func awaitEnd() async { try? await channel.closeFuture.get() }

    func close() { channel.close(promise: nil) }

    deinit { close() }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let receive: AsyncStream<[UInt8]>.Continuation

        init(_ receive: AsyncStream<[UInt8]>.Continuation) { self.receive = receive }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            receive.yield(Array(unwrapInboundIn(data).readableBytesView))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelInactive(context: ChannelHandlerContext) { receive.finish() }
    }
}
