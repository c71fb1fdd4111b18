/// Limits of tracing. What is beyond them is not traced; nothing waits for it.
enum TracingLimits {
    /// Traced events of one batch or part of a frame: those with the smallest hashes of their correlation ids, which are the same on
    /// every node.
    static let eventsPerBatch = 8
    /// Traced events that a worker remembers until they are committed.
    static let uncommittedEvents = 1024
    /// Frames whose moments an ingest remembers until their producers are answered.
    static let frames = 1024
    /// Spans that wait to be written; further ones are counted as dropped.
    static let queuedSpans = 8192
    /// Spans of one line of the file.
    static let spansPerLine = 256
    /// Wall clock: how often spans are written.
    static let writeInterval = Duration.milliseconds(200)
}
