import Foundation

/// Where a secret is: in a file, or in a variable of the environment (`env:NAME`).
struct SecretSource: Sendable, Hashable, CustomStringConvertible {
    private static let variablePrefix = "env:"

    /// As the setting names it; never the secret itself.
    let description: String

    init(_ text: String) { description = text }

    /// Whether there is something to read: a file that exists, or a variable that is set.
    func isThere(environment: [String: String] = ProcessInfo.processInfo.environment) -> Bool {
        if let variable { return environment[variable]?.isEmpty == false }
        return FileManager.default.fileExists(atPath: description)
    }

    /// The secret's bytes, without the line break at their end that editors and shells make.
    ///
    /// - Throws: when there is none, or it can't be read.
    func read(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SecurityFailure) -> [UInt8] {
        var bytes: [UInt8]
        if let variable {
            guard let text = environment[variable], !text.isEmpty else {
                throw .unreadable(path: description, reason: "the environment has no variable \(variable)")
            }
            bytes = Array(text.utf8)
        } else {
            bytes = try TransportSecurity.read(description)
        }
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        return bytes
    }

    private var variable: String? {
        guard description.hasPrefix(Self.variablePrefix) else { return nil }
        return String(description.dropFirst(Self.variablePrefix.count))
    }
}
