extension AllowedValues where Value == String {
    /// One line.
    static func text(_ characters: ClosedRange<Int> = 1...128) -> Self {
        Self(
            description: "text of \(characters.lowerBound) to \(characters.upperBound.grouped) characters on one line",
            read: { node in
                guard let text = node.text, characters.contains(text.count),
                    text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
                else { return nil }
                return text
            },
            write: quoted
        )
    }

    /// The path of a file or directory.
    static func path(_ what: String) -> Self {
        var allowed = text(1...4096)
        allowed.description = "the path of \(what)"
        return allowed
    }

    /// Where a secret is; see ``SecretSource``.
    static var secretSource: Self { path("a file, or env:NAME for a variable of the environment") }

    /// A topic, within what Kafka allows.
    static var topic: Self {
        Self(
            description: "the name of a topic: 1 to 249 letters, digits, dots, hyphens or underscores",
            read: { node in
                guard let text = node.text, (1...249).contains(text.utf8.count), text != ".", text != "..",
                    text.utf8.allSatisfy(isTopicByte)
                else { return nil }
                return text
            },
            write: quoted
        )
    }

    /// MAJOR.MINOR.PATCH (semver.org), optionally with a pre-release after a hyphen.
    static var version: Self {
        Self(
            description: "a semantic version such as 1.0.0",
            read: { node in
                guard let text = node.text, text.utf8.count <= 64 else { return nil }
                let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
                let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
                guard numbers.count == 3, numbers.allSatisfy({ $0.allSatisfy(\.isASCII) && UInt32($0) != nil }),
                    parts.count == 1 || (!parts[1].isEmpty && parts[1].utf8.allSatisfy(isTopicByte))
                else { return nil }
                return text
            },
            write: quoted
        )
    }

    private static let transports = "tcp://HOST:PORT, tls+tcp://HOST:PORT, ipc:///PATH or inproc://NAME"

    /// The URL of an nng transport.
    static var url: Self {
        Self(
            description: "an nng URL: \(transports)",
            read: { node in node.text.flatMap { isTransportURL($0) ? $0 : nil } },
            write: quoted
        )
    }

    /// URLs of nng transports with commas between them.
    static var urls: Self {
        Self(
            description:
                "an nng URL (\(transports)) or one that coordinators are found by (dns+tcp://, consul+http://, etcd+http://), or up to "
                + "\(ControlURLs.max) with commas and no spaces between them",
            read: { node in
                node.text.flatMap { text in
                    let urls = ControlURLs.split(text)
                    return urls.count <= ControlURLs.max
                        && urls.allSatisfy { isTransportURL($0) || DiscoveryURL($0) != nil }
                        ? text : nil
                }
            },
            write: quoted
        )
    }

    /// Plain where YAML reads that back as the same text, else in double quotes.
    private static func quoted(_ text: String) -> String {
        let isPlain =
            text.utf8.allSatisfy { isTopicByte($0) || "/:*[]+".utf8.contains($0) }
            && !text.hasSuffix(":") && text.first.map { !"-:*[]".contains($0) } ?? false
            && !["null", "Null", "NULL"].contains(text)
        return isPlain ? text : "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func isTopicByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isTransportURL(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), let separator = text.firstRange(of: "://") else {
            return false
        }
        let rest = text[separator.upperBound...]
        return switch text[..<separator.lowerBound] {
        case "tcp", "tls+tcp": HostAndPort(rest) != nil
        // 107 bytes: what fits `sun_path` of unix(7).
        case "ipc": rest.hasPrefix("/") && (2...107).contains(rest.utf8.count)
        case "inproc": (1...107).contains(rest.utf8.count)
        default: false
        }
    }
}

extension AllowedValues where Value == HTTPListener {
    static var listener: Self {
        Self(
            description: "HOST:PORT such as 127.0.0.1:8063, or off",
            read: { node in node.text.flatMap { HTTPListener($0) } },
            write: { listener in
                let text = listener.description
                return text.hasPrefix("[") ? "\"\(text)\"" : text
            }
        )
    }
}
