import Foundation

/// Runs an actor on a thread of its own: for actors that compute for long or wait for disks, away from the shared pool.
///
/// Unchecked: the queue is behind its condition.
public final class ThreadExecutor: SerialExecutor, @unchecked Sendable {
    private let queue = JobQueue()

    public init(name: String) {
        let thread = Thread { [queue] in
            // Set here, as a name given before the start does not reach the kernel: /proc and profilers show it.
            Thread.current.name = name
            queue.run()
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { queue.stop() }

    public func enqueue(_ job: consuming ExecutorJob) {
        queue.add(UnownedJob(job), on: asUnownedSerialExecutor())
    }

    /// Jobs in order, with the condition that guards them.
    private final class JobQueue: @unchecked Sendable {
        private let condition = NSCondition()
        private var jobs: [(UnownedJob, UnownedSerialExecutor)] = []
        private var isStopped = false

        func add(_ job: UnownedJob, on executor: UnownedSerialExecutor) {
            condition.lock()
            jobs.append((job, executor))
            condition.signal()
            condition.unlock()
        }

        func stop() {
            condition.lock()
            isStopped = true
            condition.signal()
            condition.unlock()
        }

        func run() {
            while true {
                condition.lock()
                while jobs.isEmpty, !isStopped { condition.wait() }
                let batch = jobs
                jobs.removeAll(keepingCapacity: true)
                condition.unlock()
                if batch.isEmpty { return }
                for (job, executor) in batch { job.runSynchronously(on: executor) }
            }
        }
    }
}
