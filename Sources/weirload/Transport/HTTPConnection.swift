import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A connection of HTTP/1.1 that is kept open, for one sender: `POST /v1/events`. Connects by itself, and again when the connection
/// is lost.
final class HTTPConnection: EventConnection {
    private let address: HTTPAddress
    private let authorization: String?
    private let tls: NIOSSLContext?
    private let channel = Mutex<(any Channel)?>(nil)

    private static let connectTimeout = TimeAmount.seconds(5)

    /// - Parameters:
    ///   - authorization: the header of that name in every request; nil for none.
    ///   - tls: nil for HTTP in the clear.
    init(_ address: HTTPAddress, authorization: String?, tls: NIOSSLContext?) {
        self.address = address
        self.authorization = authorization
        self.tls = tls
    }

    func send(_ batch: [UInt8], timeout: Duration) async throws(SendFailure) -> Acknowledgement {
        let open = try await connected()
        let exchange = HTTPExchange(eventLoop: open.eventLoop)
        let seconds = timeout / .seconds(1)
        let response: HTTPExchange.Response
        do {
            response = try await open.eventLoop.submit { () -> EventLoopFuture<HTTPExchange.Response> in
                try open.pipeline.syncOperations.handler(type: HTTPExchangeHandler.self).begin(exchange)
                let limit = open.eventLoop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
                    exchange.fail(SendFailure(kind: .timeout, reason: "no answer within \(timeout)"))
                    open.close(promise: nil)
                }
                var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: self.address.path)
                head.headers.add(name: "Host", value: "\(self.address.host):\(self.address.port)")
                head.headers.add(name: "Content-Type", value: "application/x-ndjson")
                if let authorization = self.authorization {
                    head.headers.add(name: "Authorization", value: authorization)
                }
                head.headers.add(name: "Content-Length", value: "\(batch.count)")
                open.write(HTTPClientRequestPart.head(head), promise: nil)
                open.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: batch))), promise: nil)
                open.writeAndFlush(HTTPClientRequestPart.end(nil)).whenFailure { exchange.fail($0) }
                exchange.future.whenComplete { _ in limit.cancel() }
                return exchange.future
            }.get().get()
        } catch let failure as SendFailure {
            forget(open)
            throw failure
        } catch {
            forget(open)
            throw SendFailure(kind: .connection, reason: "\(address.server): \(error)")
        }
        if response.closes { forget(open) }
        switch response.status {
        case 200: return try ReplyText.read(response.body)
        case 429, 503: throw SendFailure(kind: .retry, reason: ReplyText.problem(response.body))
        case 400..<500 where response.status != 404:
            throw SendFailure(kind: .rejected, reason: "status \(response.status): \(ReplyText.problem(response.body))")
        default:
            let text = ReplyText.problem(response.body)
            throw SendFailure(kind: .answer, reason: "status \(response.status): \(text); check the URL")
        }
    }

    func close() async {
        let open = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        try? await open?.close()  // It may be closed already.
    }

    private func connected() async throws(SendFailure) -> any Channel {
        if let open = channel.withLock({ $0 }), open.isActive { return open }
        do {
            let open = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(Self.connectTimeout)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelInitializer { [tls, name = serverName] channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: tls, serverHostname: name)
                            )
                        }
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(HTTPExchangeHandler())
                    }
                }
                .connect(host: address.host, port: address.port).get()
            channel.withLock { $0 = open }
            return open
        } catch {
            throw SendFailure(
                kind: .connection,
                reason: "\(address.server): \(error); check that a node listens there"
            )
        }
    }

    /// The name that the certificate must have; nil for the address itself, which is no name.
    private var serverName: String? {
        (try? SocketAddress(ipAddress: address.host, port: address.port)) == nil ? address.host : nil
    }

    private func forget(_ open: any Channel) {
        channel.withLock { channel in
            if channel === open { channel = nil }
        }
        open.close(promise: nil)
    }
}
