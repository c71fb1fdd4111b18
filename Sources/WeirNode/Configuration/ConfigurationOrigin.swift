/// Where the value of a setting comes from. Later cases override earlier ones.
public enum ConfigurationOrigin: Sendable, Hashable, CustomStringConvertible {
    /// Built in.
    case `default`
    /// Line from 1; nil for the file as a whole.
    case file(String, line: Int?)
    case environment(variable: String)
    case flag(String)

    public var description: String {
        switch self {
        case .default: "default"
        case .file(let path, let line?): "\(path):\(line)"
        case .file(let path, nil): path
        case .environment(let variable): "environment variable \(variable)"
        case .flag(let flag): "option \(flag)"
        }
    }

    /// The order of layers: default < file < environment < flag.
    var layer: Int {
        switch self {
        case .default: 0
        case .file: 1
        case .environment: 2
        case .flag: 3
        }
    }
}
