import NIOSSL

/// Why TLS's handshake with a client failed, in words for whoever runs the node.
package struct HandshakeFailure: Equatable, CustomStringConvertible {
    package let description: String
    /// Whether it says nothing of certificates: the peer went away, or spoke no TLS.
    let isRoutine: Bool

    /// What stands before BoringSSL's own words for a failure.
    private static let mark = "OPENSSL_internal:"

    /// - Parameter error: NIOSSL's text, in which BoringSSL's words are the only part that helps.
    init(_ error: String) {
        let codes = Self.codes(in: error)
        // Alerts come from peers that speak TLS and do not believe this side.
        isRoutine = !codes.contains { $0.contains("CERT") || $0.contains("ALERT") }
        description =
            "the TLS handshake failed: " + Self.words(codes, error)
            + (isRoutine ? "" : "; check the client's certificate, its dates, its authority, and tls_ca on both sides")
    }

    /// Likewise of a handshake with a server, without saying what to check; nil for an error that is not of TLS.
    package static func reason(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.uncleanShutdown: nil
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: words(codes(in: "\(error)"), "\(error)")
        default: nil
        }
    }

    private static func codes(in error: String) -> [Substring] {
        error.ranges(of: mark).map { range in
            error[range.upperBound...].prefix { $0.isUppercase || $0.isNumber || $0 == "_" }
        }
    }

    private static func words(_ codes: [Substring], _ error: String) -> String {
        codes.isEmpty ? error : codes.map { $0.lowercased().replacing("_", with: " ") }.joined(separator: ", ")
    }
}
