import Yams

extension ConfigurationNode {
    /// A file can't be read as YAML.
    struct SyntaxProblem: Error {
        var line: Int?
        var key = ""
        var message: String
    }

    /// Reads one YAML document.
    init(yaml: String) throws(SyntaxProblem) {
        do {
            self = try Yams.compose(yaml: yaml).map(Self.init) ?? ConfigurationNode(.empty, line: 1)
        } catch let error as YamlError {
            throw SyntaxProblem(error)
        } catch {
            throw SyntaxProblem(message: "it can't be read as YAML: \(error)")
        }
    }

    private init(_ node: Yams.Node) {
        let line = node.mark?.line ?? 1
        switch node {
        case .scalar(let scalar):
            let isQuoted = scalar.style != .plain
            let isEmpty = !isQuoted && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            self.init(isEmpty ? .empty : .text(scalar.string, isQuoted: isQuoted), line: line)
        case .sequence(let sequence):
            self.init(.list(sequence.map(Self.init)), line: line)
        case .mapping(let mapping):
            let entries = mapping.map { key, value in
                Entry(key: key.scalar?.string ?? "?", line: key.mark?.line ?? line, value: Self(value))
            }
            self.init(.map(entries), line: line)
        case .alias:
            // The parser puts what an alias stands for in its place.
            self.init(.empty, line: line)
        }
    }
}

extension ConfigurationNode.SyntaxProblem {
    fileprivate init(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(line: mark.line, message: "it can't be read as YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            self.init(
                line: context.mark.line,
                key: keys.first ?? "",
                message: "the key is given more than once in its group, first here; it must be given once"
            )
        case .reader(let problem, let offset, _, let yaml):
            let line = offset.map { yaml.prefix($0).count(where: \.isNewline) + 1 }
            self.init(line: line, message: "it can't be read as YAML: \(problem)")
        default:
            self.init(message: "it can't be read as YAML: \(error)")
        }
    }
}
