import Foundation

/// The path of a route: segments, some of them parameters in braces.
struct APIPath: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    private enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    let description: String
    private let segments: [Segment]

    init(stringLiteral text: String) {
        description = text
        segments = text.split(separator: "/").map { part in
            part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    /// How often parameters stand in it; of two paths that match, the one with fewer is meant.
    var parameterCount: Int {
        segments.count {
            if case .parameter = $0 { true } else { false }
        }
    }

    /// The parameters of a path that matches, decoded; nil for one that does not match.
    func match(_ path: String) -> [String: String]? {
        guard path.hasPrefix("/"), !path.contains("//"), path.count == 1 || !path.hasSuffix("/") else { return nil }
        let parts = path.split(separator: "/")
        guard parts.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (segment, part) in zip(segments, parts) {
            guard let text = part.removingPercentEncoding else { return nil }
            switch segment {
            case .literal(let literal): if text != literal { return nil }
            case .parameter(let name): values[name] = text
            }
        }
        return values
    }
}
