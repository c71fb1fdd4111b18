import Foundation

/// Passes TCP connections on to a port of loopback, until it is cut: then it keeps silent, as a network does that drops all packets.
///
/// Unchecked: what changes is behind the lock.
public final class Relay: @unchecked Sendable {
    private let listener: LoopbackSocket
    private let target: Int
    private let lock = NSLock()
    private var isCut = false
    private var open: Set<Int32> = []

    public var url: String { "http://127.0.0.1:\(listener.port)" }

    public init(to target: Int) throws {
        listener = try LoopbackSocket()
        self.target = target
        guard listen(listener.descriptor, 64) == 0 else {
            throw LoopbackSocket.Failure(description: "listen: \(String(cString: strerror(errno)))")
        }
        let descriptor = listener.descriptor
        Thread.detachNewThread { [weak self] in
            while true {
                let accepted = accept(descriptor, nil, nil)
                guard accepted >= 0, let self else { break }
                self.pass(accepted)
            }
            close(descriptor)
        }
    }

    deinit {
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    /// Nothing passes any more, and nobody is told.
    public func cut() { lock.withLock { isCut = true } }

    /// New connections pass again; those that lost something end.
    public func heal() {
        lock.withLock {
            isCut = false
            for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func pass(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = LoopbackSocket.address(port: target)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else {
            close(client)
            close(server)
            return
        }
        lock.withLock { open.formUnion([client, server]) }
        // Each side is closed once, by the thread that ends last.
        let ended = Ended()
        for (from, to) in [(client, server), (server, client)] {
            Thread.detachNewThread { [weak self] in
                var buffer = [UInt8](repeating: 0, count: 64 << 10)
                while true {
                    let count = recv(from, &buffer, buffer.count, 0)
                    guard count > 0 else { break }
                    guard let self else { break }
                    if self.lock.withLock({ self.isCut }) { continue }
                    guard send(to, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
                }
                for descriptor in [from, to] { shutdown(descriptor, Int32(SHUT_RDWR)) }
                guard ended.isSecond() else { return }
                _ = self?.lock.withLock { self?.open.subtract([from, to]) }
                for descriptor in [from, to] { close(descriptor) }
            }
        }
    }

    private final class Ended: @unchecked Sendable {
        private let lock = NSLock()
        private var count = 0

        func isSecond() -> Bool {
            lock.withLock {
                count += 1
                return count == 2
            }
        }
    }
}
