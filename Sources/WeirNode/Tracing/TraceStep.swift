/// The steps of which spans are made, in the order of the path.
enum TraceStep: String, Sendable, CaseIterable {
    /// From a producer's request to its answer.
    case receive = "ingest receive"
    case parse = "ingest parse"
    /// From the parsed batch to the frame that is handed to the disk.
    case gather = "ingest gather"
    /// From there until it is synced.
    case journal = "ingest journal"
    /// From there until the producer has its answer.
    case acknowledge = "ingest acknowledge"
    /// A worker counts a part of a frame.
    case apply = "worker apply"
    /// From a worker's commit to the receipt: the coordinator has stored it.
    case commit = "worker commit"
    /// The transaction that closed a window and stored its intent.
    case close = "window close"
    /// An executor carries the intent out, through all sinks.
    case publish = "intent publish"
    /// One sink of these.
    case sink = "intent sink"
}
