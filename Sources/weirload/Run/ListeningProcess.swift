import Foundation
import WeirNode

/// Finds the processes of this machine that listen on addresses, by their sockets in /proc.
enum ListeningProcess {
    /// Processes that listen on one of some URLs (tcp, ipc, http); empty when they are elsewhere or belong to another user.
    static func pids(listeningOn urls: [String]) -> [Int] {
        let inodes = Set(urls.flatMap(inodes))
        guard !inodes.isEmpty else { return [] }
        let sockets = Set(inodes.map { "socket:[\($0)]" })
        return processes().filter { pid in
            let folder = "/proc/\(pid)/fd"
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return files.contains { file in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)")).map(sockets.contains)
                    ?? false
            }
        }
    }

    private static func processes() -> [Int] {
        ProcFile.names(in: "/proc").compactMap { Int($0) }.sorted()
    }

    private static func inodes(_ url: String) -> [String] {
        if url.hasPrefix("ipc://") { return unixInodes(path: String(url.dropFirst("ipc://".count))) }
        guard let scheme = url.range(of: "://") else { return [] }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" }
        guard let colon = authority.lastIndex(of: ":"), let port = Int(authority[authority.index(after: colon)...]),
            ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"].contains(String(authority[..<colon]))
        else { return [] }
        return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { tcpInodes($0, port: port) }
    }

    /// Lines of proc(5)'s net/tcp: number, local address, remote address, state (0A: listening), …, inode as the tenth field.
    private static func tcpInodes(_ file: String, port: Int) -> [String] {
        let suffix = ":" + String(format: "%04X", port)
        return lines(file).compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 9 && fields[1].hasSuffix(suffix) && fields[3] == "0A" ? String(fields[9]) : nil
        }
    }

    /// Lines of net/unix: …, state, inode, path.
    private static func unixInodes(path: String) -> [String] {
        lines("/proc/net/unix").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 7 && fields[7] == path ? String(fields[6]) : nil
        }
    }

    private static func lines(_ file: String) -> [Substring] {
        (ProcFile.text(file) ?? "").split(separator: "\n").dropFirst().map { $0 }
    }
}
