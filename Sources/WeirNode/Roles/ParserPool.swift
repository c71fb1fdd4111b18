import Synchronization
import WeirParser

/// Parsers that are free, so that a request need not make one. At most as many exist as requests are parsed at a time.
final class ParserPool: Sendable {
    private let free = Mutex<[PooledParser]>([])
    private let limits: ParserLimits

    init(limits: ParserLimits) {
        self.limits = limits
    }

    func withParser<Value>(_ body: (inout EventParser) -> Value) -> Value {
        let parser = free.withLock { $0.popLast() } ?? PooledParser(limits)
        defer { free.withLock { $0.append(parser) } }
        return body(&parser.parser)
    }

    /// Unchecked: it is either in the pool or with one user.
    private final class PooledParser: @unchecked Sendable {
        var parser: EventParser

        init(_ limits: ParserLimits) {
            parser = EventParser(limits: limits)
        }
    }
}
