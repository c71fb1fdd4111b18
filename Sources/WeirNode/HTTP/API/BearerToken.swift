import Foundation

/// The secret that requests carry which change something.
struct BearerToken: Sendable {
    private let bytes: [UInt8]

    /// Fewest characters: 128 bits in hexadecimal.
    static let charactersMin = 32

    init(file path: String) throws(BearerTokenFailure) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        guard text.utf8.count >= Self.charactersMin, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .weak(path: path)
        }
        bytes = Array(text.utf8)
    }

    /// Whether an `Authorization` header carries the token. Takes the same time for any header of a length.
    func matches(authorization header: String?) -> Bool {
        let prefix = "bearer "
        guard let header, header.lowercased().hasPrefix(prefix) else { return false }
        let candidate = Array(header.utf8.dropFirst(prefix.utf8.count))
        var difference = candidate.count ^ bytes.count
        for (index, byte) in candidate.enumerated() { difference |= Int(byte ^ bytes[index % bytes.count]) }
        return difference == 0
    }
}

/// A token file can't be used.
enum BearerTokenFailure: Error, Sendable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case weak(path: String)

    var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "token file \(path): can't be read: \(reason); make one with: openssl rand -hex 32 > \(path)"
        case .weak(let path):
            "token file \(path): one line of \(BearerToken.charactersMin) or more visible ASCII characters is needed; make one with: openssl rand -hex 32 > \(path)"
        }
    }
}
