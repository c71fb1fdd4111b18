import WeirCore
import WeirWire

/// The coordinator's store: what the machine's effects need of it, and what operators read. One owner, no concurrency.
public protocol CoordinatorStore: AnyObject {
    associatedtype Failure: Error

    /// Everything a starting coordinator takes up.
    func snapshot() throws(Failure) -> StoreSnapshot
    /// Applies a transaction, whole, durably.
    func apply(_ transaction: StoreTransaction) throws(Failure)
    /// The stored windows among these; those that are not stored are left out. A pending window longer than a pane is merged from the
    /// shorter ones within it.
    func load(_ windows: [Window]) throws(Failure) -> [LoadedWindow]
    /// The intents, with their JSON, in the order asked for.
    func intents(_ ids: [UUID128]) throws(Failure) -> [UUID128: LeasedIntent]

    /// Dead-lettered intents among these, or all for an empty list; at most so many.
    func deadLetters(_ ids: [UUID128], limit: Int) throws(Failure) -> [PendingIntent]

    // MARK: For operators; JSON objects

    /// Newest records of closed windows, in order of type, then start.
    func records(_ query: WindowQuery) throws(Failure) -> [[UInt8]]
    /// Newest first.
    func intentList(state: IntentState?, limit: Int) throws(Failure) -> [[UInt8]]
    /// Newest first.
    func quarantineList(limit: Int) throws(Failure) -> [[UInt8]]
}
