/// Why TLS's handshake with a client failed, in words for whoever runs the node.
struct HandshakeFailure: Equatable, CustomStringConvertible {
    let description: String
    /// Whether it says nothing of certificates: the peer went away, or spoke no TLS.
    let isRoutine: Bool

    /// What stands before BoringSSL's own words for a failure.
    private static let mark = "OPENSSL_internal:"

    /// - Parameter error: NIOSSL's text, in which BoringSSL's words are the only part that helps.
    init(_ error: String) {
        let codes = error.ranges(of: Self.mark).map { range in
            error[range.upperBound...].prefix { $0.isUppercase || $0.isNumber || $0 == "_" }
        }
        // Alerts come from peers that speak TLS and do not believe this side.
        isRoutine = !codes.contains { $0.contains("CERT") || $0.contains("ALERT") }
        let reason = codes.map { $0.lowercased().replacing("_", with: " ") }.joined(separator: ", ")
        description =
            "the TLS handshake failed: " + (codes.isEmpty ? error : reason)
            + (isRoutine ? "" : "; check the client's certificate, its dates, its authority, and tls_ca on both sides")
    }
}
