/// Names a request that a shell holds open until the machine answers it.
public struct RequestID: Hashable, Sendable {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
}
