import Foundation

/// A listener without libnng, for peers that behave as none of libnng would.
final class RawListener: Sendable {
    enum Failure: Error {
        case call(String, Int32)
        /// The peer has closed the connection.
        case ended
    }

    let url: String
    private let descriptor: Int32

    /// Listens on a port of loopback that is free.
    static func tcp() throws -> RawListener {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let descriptor = try bound(AF_INET, address)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutableBytes(of: &address) {
            getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return RawListener("tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))", descriptor)
    }

    /// Listens at a path, which must be short.
    static func ipc(_ path: String) throws -> RawListener {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return RawListener("ipc://\(path)", try bound(AF_UNIX, address))
    }

    private static func bound<Address>(_ family: Int32, _ address: Address) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let code = withUnsafeBytes(of: address) {
            bind(
                descriptor,
                $0.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<Address>.size)
            )
        }
        guard code == 0, listen(descriptor, 16) == 0 else {
            defer { Foundation.close(descriptor) }
            throw Failure.call("listen", errno)
        }
        return descriptor
    }

    private init(_ url: String, _ descriptor: Int32) {
        self.url = url
        self.descriptor = descriptor
    }

    deinit { Foundation.close(descriptor) }

    /// The next connection.
    func accept() async throws -> Connection {
        try await RawListener.blocking { [descriptor] in
            let accepted = Foundation.accept(descriptor, nil, nil)
            guard accepted >= 0 else { throw Failure.call("accept", errno) }
            return Connection(accepted)
        }
    }

    /// Closes each connection at once, until none has come for a while or 1,000 have.
    func hangUpOnAll() async throws {
        try await RawListener.blocking { [descriptor] in
            for _ in 0..<1000 {
                var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&ready, 1, 500) == 1 else { return }
                Foundation.close(Foundation.accept(descriptor, nil, nil))
            }
        }
    }

    /// Runs what blocks on a thread that may be blocked.
    fileprivate static func blocking<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }

    /// A connection of a libnng client over TCP, of which this is the server.
    final class Connection: Sendable {
        private let descriptor: Int32

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        deinit { Foundation.close(descriptor) }

        /// Exchanges the headers of the protocol, as REP.
        func greet() async throws {
            try await write([0, 0x53, 0x50, 0, 0, 0x31, 0, 0])
            _ = try await read(8)
        }

        /// The next request: its id and body.
        func request() async throws -> (id: [UInt8], body: [UInt8]) {
            let length = try await read(8).reduce(0) { $0 << 8 | Int($1) }
            let message = try await read(length)
            return (Array(message.prefix(4)), Array(message.dropFirst(4)))
        }

        func reply(to id: [UInt8], _ body: [UInt8]) async throws {
            let length = UInt64(id.count + body.count)
            try await write((0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) } + id + body)
        }

        /// Returns when the client has closed the connection; what it sent before is read and forgotten.
        func awaitEnd() async throws {
            do {
                while true { _ = try await read(1) }
            } catch Failure.ended {}
        }

        private func read(_ count: Int) async throws -> [UInt8] {
            try await RawListener.blocking { [descriptor] in
                var bytes = [UInt8](repeating: 0, count: count)
                guard count > 0 else { return bytes }
                switch recv(descriptor, &bytes, count, Int32(MSG_WAITALL)) {
                case count: return bytes
                case 0..<count: throw Failure.ended
                default:
                    if errno == ECONNRESET { throw Failure.ended }
                    throw Failure.call("recv", errno)
                }
            }
        }

        private func write(_ bytes: [UInt8]) async throws {
            try await RawListener.blocking { [descriptor] in
                guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
                    throw Failure.call("send", errno)
                }
            }
        }
    }
}
