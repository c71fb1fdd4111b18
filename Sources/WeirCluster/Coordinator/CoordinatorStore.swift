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

    /// The newest intents of closed windows, by type and span, that are not pending; at most so many.
    func closedIntents(_ query: WindowQuery, limit: Int) throws(Failure) -> [PendingIntent]

    // MARK: For operators; JSON objects

    /// Records of closed windows, as they were published.
    func records(_ query: WindowQuery) throws(Failure) -> Page<WindowPosition>
    /// One window with its revisions, transitions, intents and provenance; nil when it is not there.
    func window(_ window: Window) throws(Failure) -> [UInt8]?
    /// The newest record of a type; nil when none has closed.
    func newestRecord(_ type: WindowType) throws(Failure) -> [UInt8]?
    /// Records in the order in which windows closed, after a number of that order.
    func emissions(after number: UInt64, limit: Int) throws(Failure) -> Page<UInt64>
    /// The number of the last emission; 0 for none.
    func lastEmission() throws(Failure) -> UInt64
    /// Newest first; positions are numbers.
    func intentList(_ query: IntentQuery, state: IntentState?) throws(Failure) -> Page<UInt64>
    /// One intent, whole, with its attempts; nil when it is not there.
    func intent(_ id: UUID128) throws(Failure) -> [UInt8]?
    /// Newest first; positions are ids.
    func quarantineList(_ query: QuarantineQuery) throws(Failure) -> Page<UInt64>
    /// Nil when it is not there.
    func quarantinedLine(_ id: UInt64) throws(Failure) -> [UInt8]?
}
