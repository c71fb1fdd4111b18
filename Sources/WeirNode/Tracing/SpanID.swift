import WeirCore

/// The id of a span within its trace, never 0 (W3C Trace Context, 3.2.2.4).
struct SpanID: Sendable, Hashable, CustomStringConvertible {
    let value: UInt64

    /// An id that whoever knows the same computes the same, so that a span on one node can name its parent on another without a word
    /// between them.
    ///
    /// - Parameters:
    ///   - step: of the path.
    ///   - id: of the event or the intent that goes this step.
    ///   - place: tells apart the times that it goes the step.
    init(_ step: TraceStep, of id: UUID128, at place: UInt64 = 0) {
        let hash = XXHash64.hash(XXHash64.hash(id.hash64, XXHash64.hash(step.rawValue)), place)
        value = hash == 0 ? 1 : hash
    }

    init(random value: UInt64) { self.value = value == 0 ? 1 : value }

    /// 16 lower-case hexadecimal digits.
    var description: String { value.hexadecimal }
}

extension UUID128 {
    /// 32 lower-case hexadecimal digits: the form of a trace id.
    var hexadecimal: String { high.hexadecimal + low.hexadecimal }
}

extension UInt64 {
    fileprivate var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
