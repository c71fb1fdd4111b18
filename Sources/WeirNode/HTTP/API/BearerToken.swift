/// A secret that HTTP requests carry.
struct BearerToken: Sendable, Equatable {
    private let bytes: [UInt8]

    /// Fewest characters: 128 bits in hexadecimal.
    static let charactersMin = 32

    init(_ source: SecretSource) throws(BearerTokenFailure) {
        let bytes: [UInt8]
        do throws(SecurityFailure) {
            bytes = try source.read()
        } catch {
            throw .unreadable(error)
        }
        guard bytes.count >= Self.charactersMin, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .weak(source.description)
        }
        self.bytes = bytes
    }

    /// Whether an `Authorization` header carries the token. Takes the same time for any header of a length.
    func matches(authorization header: String?) -> Bool {
        let prefix = "bearer "
        guard let header, header.lowercased().hasPrefix(prefix) else { return false }
        return ConstantTime.isEqual(Array(header.utf8)[prefix.utf8.count...], bytes[...])
    }
}

/// A token can't be used.
enum BearerTokenFailure: Error, Sendable, CustomStringConvertible {
    case unreadable(SecurityFailure)
    case weak(String)
    /// Two names for one token: nobody could tell who used it.
    case repeated(String, String)

    var description: String {
        switch self {
        case .unreadable(let failure):
            "the token can't be read: \(failure); make one with: openssl rand -hex 32"
        case .weak(let source):
            "the token of \(source): one line of \(BearerToken.charactersMin) or more visible ASCII characters is needed; make one with: openssl rand -hex 32"
        case .repeated(let name, let other):
            "the tokens \(other) and \(name) are the same; give each holder one of its own, so that the audit log can tell them apart"
        }
    }
}
