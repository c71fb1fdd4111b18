/// What a peer sent is not nng's, or not for this listener.
enum SPFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case noHeader
    case wrongProtocol(UInt16, expected: SPProtocol)
    case tooLarge(bytes: UInt64, bytesMax: Int)
    /// A request that says nowhere where its reply goes.
    case noRequest
    /// A subscriber has nothing to say.
    case unexpectedMessage

    var description: String {
        switch self {
        case .noHeader: "it speaks TLS, and then not nng's protocol"
        case .wrongProtocol(let number, let expected):
            "it speaks nng's protocol 0x\(String(number, radix: 16)), and 0x\(String(expected.rawValue, radix: 16)) is needed here: is the URL that of another listener?"
        case .tooLarge(let bytes, let bytesMax):
            "a message of \(bytes) bytes is too large; at most \(bytesMax) are taken"
        case .noRequest: "it sent a message that is no request"
        case .unexpectedMessage: "it sent a message, and a subscriber has none to send"
        }
    }
}
