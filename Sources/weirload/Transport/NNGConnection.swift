import NNG

/// A request socket of nng; several senders share one, each with a request of its own in flight.
struct NNGConnection: EventConnection {
    private let socket: RequestSocket

    /// - Parameter inFlight: requests that its senders have in flight at a time.
    init(url: String, inFlight: Int, tls: TLSCredentials) throws(NNGError) {
        var limits = NNGLimits()
        limits.requestsInFlight = inFlight
        socket = try RequestSocket(url, tls: tls, limits: limits)
    }

    func send(_ batch: [UInt8], timeout: Duration) async throws(SendFailure) -> Acknowledgement {
        let reply: [UInt8]
        do throws(NNGError) {
            reply = try await socket.request(batch, timeout: timeout)
        } catch {
            throw SendFailure(kind: error.isTimeout ? .timeout : .connection, reason: error.description)
        }
        return try ReplyText.read(reply)
    }

    func close() async { socket.close() }
}
