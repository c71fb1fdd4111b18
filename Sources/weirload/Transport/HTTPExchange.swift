import NIOCore
import NIOHTTP1

/// A request under way and its response.
struct HTTPExchange: Sendable {
    struct Response: Sendable {
        var status: Int
        var body: [UInt8]
        /// The server closes the connection after it.
        var closes: Bool
    }

    private let promise: EventLoopPromise<Response>
    var future: EventLoopFuture<Response> { promise.futureResult }

    init(eventLoop: any EventLoop) {
        promise = eventLoop.makePromise()
    }

    func succeed(_ response: Response) { promise.succeed(response) }
    func fail(_ error: any Error) { promise.fail(error) }
}

/// Puts responses together. One exchange at a time; used on the channel's event loop alone.
final class HTTPExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// Most bytes of a response; an ingest answers in a hundred.
    private static let bodyBytesMax = 1 << 16

    private var exchange: HTTPExchange?
    private var response: HTTPExchange.Response?
    /// What went wrong before there was an exchange, such as with a certificate.
    private var failure: (any Error)?

    /// - Throws: when another exchange is under way, or the connection has failed.
    func begin(_ exchange: HTTPExchange) throws {
        if let failure { throw failure }
        guard self.exchange == nil else {
            throw SendFailure(kind: .connection, reason: "a request is under way already")
        }
        self.exchange = exchange
        response = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            response = HTTPExchange.Response(status: Int(head.status.code), body: [], closes: !head.isKeepAlive)
        case .body(let part):
            if (response?.body.count ?? 0) + part.readableBytes <= Self.bodyBytesMax {
                response?.body += Array(part.readableBytesView)
            }
        case .end:
            if let response { exchange?.succeed(response) }
            exchange = nil
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        exchange?.fail(SendFailure(kind: .connection, reason: "the node closed the connection"))
        exchange = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        exchange?.fail(error)
        exchange = nil
        failure = failure ?? error
        context.close(promise: nil)
    }
}
