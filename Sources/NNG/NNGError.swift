import CNNG

/// A failure of libnng, with what was being done and where.
public struct NNGError: Error, Sendable, Hashable, CustomStringConvertible {
    /// libnng's error number.
    public let code: Int32
    /// What was being done, with the URL.
    public let operation: String

    init(_ code: Int32, _ operation: String) {
        self.code = code
        self.operation = operation
    }

    /// Failures that are found before libnng is asked.
    enum Reason {
        /// Certificates or keys are missing.
        case credentials
    }

    init(_ reason: Reason, _ operation: String) {
        switch reason {
        case .credentials: self.init(Int32(bitPattern: NNG_ECRYPTO.rawValue), operation)
        }
    }

    public var isTimeout: Bool { code == Self.timedOut }
    public var isClosed: Bool { code == Self.closed || code == Self.canceled }

    static let timedOut = Int32(bitPattern: NNG_ETIMEDOUT.rawValue)
    static let tooMany = Int32(bitPattern: NNG_EAGAIN.rawValue)
    static let closed = Int32(bitPattern: NNG_ECLOSED.rawValue)
    static let canceled = Int32(bitPattern: NNG_ECANCELED.rawValue)

    public var description: String {
        let text = String(cString: nng_strerror(code))
        let advice =
            switch code {
            case Int32(bitPattern: NNG_EADDRINUSE.rawValue):
                "; stop the process that uses the address, or choose another"
            case Int32(bitPattern: NNG_EADDRINVAL.rawValue):
                "; use a URL such as tcp://127.0.0.1:7701 or ipc:///run/weir.sock"
            case Int32(bitPattern: NNG_ETIMEDOUT.rawValue): "; check that the peer runs and can be reached"
            case Int32(bitPattern: NNG_ECONNREFUSED.rawValue):
                "; nothing listens there: check the URL, and that the peer runs"
            case Int32(bitPattern: NNG_ECRYPTO.rawValue), Int32(bitPattern: NNG_EPEERAUTH.rawValue):
                "; check the paths of the CA, the certificate and the key (PEM), and that they belong together"
            default: ""
            }
        return "\(operation): \(text)\(advice)"
    }

    /// Throws for a code that is not 0.
    static func check(_ code: Int32, _ operation: @autoclosure () -> String) throws(NNGError) {
        if code != 0 { throw NNGError(code, operation()) }
    }
}
