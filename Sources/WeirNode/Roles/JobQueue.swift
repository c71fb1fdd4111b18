/// Jobs from a machine to the tasks of its shell, in order.
///
/// It has a bound, which the machine keeps by having so much under way and no more: going beyond is a broken invariant.
struct JobQueue<Job: Sendable>: Sendable {
    let jobs: AsyncStream<Job>
    private let input: AsyncStream<Job>.Continuation

    /// - Parameter limit: jobs that wait at a time, at most.
    init(limit: Int) {
        (jobs, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(limit))
    }

    /// Adds a job; after ``finish()`` it is forgotten.
    func add(_ job: Job) {
        if case .dropped = input.yield(job) {
            preconditionFailure("a machine has more jobs under way than it allows itself")
        }
    }

    /// Nothing comes after what is queued.
    func finish() { input.finish() }
}
