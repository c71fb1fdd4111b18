/// How a producer behaves. Times are microseconds of event time unless said otherwise.
struct ProducerProfile {
    /// Events to send in all.
    var events: Int
    /// Most events in a batch.
    var batchMax: Int
    /// Virtual time between batches.
    var pause: ClosedRange<Int64>
    /// Event time that passes in a unit of virtual time: above 1 for a stream that is replayed.
    var pace: Double
    /// By how much its clock is ahead of others'.
    var ahead: Int64
    /// Events are older than the clock by up to that.
    var disorder: Int64
    /// Some are late by up to ``lateMax``.
    var late: Double
    var lateMax: Int64
    /// Chance that a batch holds an event again that was sent before.
    var repeats: Double
    /// Chance that a batch holds a line that can't be parsed.
    var malformed: Double
    /// Chance that a batch follows a silence of up to ``silenceMax`` of virtual time.
    var silence: Double
    var silenceMax: Int64
    /// Chance that a resent batch goes to another ingest.
    var switches: Double
    /// Virtual time without a reply after which a batch is sent again.
    var timeout: Int64
    /// Requests under way at a time.
    var window: Int
}
