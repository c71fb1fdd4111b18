/// One thing that is wrong with a configuration.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// Where the wrong value stands.
    public var origin: ConfigurationOrigin
    /// The key within its file, with dots between groups; empty when the file as a whole is at fault.
    public var key: String
    /// What is wrong and what is allowed instead.
    public var message: String

    public var description: String {
        switch origin {
        case .environment, .flag: "\(origin): \(message)"
        case .default, .file: key.isEmpty ? "\(origin): \(message)" : "\(origin): \(key): \(message)"
        }
    }
}
