import Foundation

/// Users of an etcd, as who administers it makes them, by its gateway.
extension EtcdServer {
    private static let rootPassword = "the root's"

    /// From here on every question needs a user. Makes one, with a role of the same name, that may read and write the keys that begin with a prefix.
    public func secure(user: String, password: String, prefix: String) throws {
        for name in ["root", user] {
            try administer("auth/user/add", ["name": name, "password": name == user ? password : Self.rootPassword])
            try administer("auth/role/add", ["name": name])
            try administer("auth/user/grant", ["user": name, "role": name])
        }
        let (first, end) = Self.range(prefix)
        let permission = ["permType": "READWRITE", "key": first, "range_end": end]
        try administer("auth/role/grant", ["name": user, "perm": permission])
        try administer("auth/enable", [:])
    }

    /// No question needs a user any more, and no token is good.
    public func disableUsers() throws { try administer("auth/disable", [:], token: try rootToken()) }

    /// A user's rights on a prefix end.
    public func revoke(_ prefix: String, from role: String) throws {
        let (first, end) = Self.range(prefix)
        try administer(
            "auth/role/revoke",
            ["role": role, "key": first, "range_end": end],
            token: try rootToken()
        )
    }

    /// The user's tokens are good for nothing from here on.
    public func change(_ user: String, password: String) throws {
        try administer("auth/user/changepw", ["name": user, "password": password], token: try rootToken())
    }

    /// What a root is answered to a question.
    @discardableResult
    public func administer(_ path: String, _ question: [String: Any], token: String? = nil) throws -> [String: Any] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/curl")
        process.arguments = ["--silent", "--show-error", "--max-time", "30", "--data", "@-", "\(url)/v3/\(path)"]
        if let certificates {
            process.arguments! += [
                "--cacert", certificates.path("ca.pem"), "--cert", certificates.path("client.pem"), "--key",
                certificates.path("client.key"),
            ]
        }
        if let token { process.arguments! += ["--header", "authorization: \(token)"] }
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: question))
        try input.fileHandleForWriting.close()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard let json = try? JSONSerialization.jsonObject(with: answer) as? [String: Any], json["error"] == nil else {
            throw Failure(description: "\(path): \(String(decoding: answer, as: UTF8.self))")
        }
        return json
    }

    private func rootToken() throws -> String {
        let answer = try administer("auth/authenticate", ["name": "root", "password": Self.rootPassword])
        return answer["token"] as? String ?? ""
    }

    /// All keys that begin with a prefix, in base 64: the first, and the one after the last.
    private static func range(_ prefix: String) -> (first: String, end: String) {
        var end = Array(prefix.utf8)
        end[end.count - 1] += 1
        return (Data(prefix.utf8).base64EncodedString(), Data(end).base64EncodedString())
    }
}
