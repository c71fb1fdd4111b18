/// A connection of a server socket with a client, as long as it lasts. libnng does not use a number again soon.
public struct ConnectionID: Sendable, Hashable {
    public let value: Int32

    public init(_ value: Int32) { self.value = value }
}
