import Foundation

/// Runs an actor on a thread of its own: for actors that compute for long or wait for disks, away from the shared pool.
///
/// The thread is also the actor's clock: ``sleep(for:isolation:)`` costs one wait with an end, where a sleep of the shared pool wakes a
/// thread for timers, one of the pool, and then the actor's.
///
/// Unchecked: the queue is behind its lock.
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

    /// Suspends the caller for that long, by the monotonic clock; cancellation does not end it early.
    public func sleep(for time: Duration, isolation: isolated (any Actor)? = #isolation) async {
        await withUnsafeContinuation { queue.resume($0, after: time) }
    }

    /// Jobs in order and sleepers, with the lock that guards them.
    private final class JobQueue: @unchecked Sendable {
        /// Nanoseconds of the monotonic clock, which no operator sets back.
        private typealias Moment = Int64

        private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private var jobs: [(UnownedJob, UnownedSerialExecutor)] = []
        /// Few, and in no order.
        private var sleepers: [(until: Moment, continuation: UnsafeContinuation<Void, Never>)] = []
        private var isStopped = false

        init() {
            pthread_mutex_init(lock, nil)
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(changed, &attributes)
            pthread_condattr_destroy(&attributes)
        }

        deinit {
            pthread_cond_destroy(changed)
            pthread_mutex_destroy(lock)
            changed.deallocate()
            lock.deallocate()
        }

        func add(_ job: UnownedJob, on executor: UnownedSerialExecutor) {
            change { jobs.append((job, executor)) }
        }

        func resume(_ continuation: UnsafeContinuation<Void, Never>, after time: Duration) {
            let (seconds, attoseconds) = time.components
            let until = Self.now + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
            change { sleepers.append((until, continuation)) }
        }

        func stop() {
            change { isStopped = true }
        }

        func run() {
            while true {
                pthread_mutex_lock(lock)
                while jobs.isEmpty, !isStopped {
                    guard let next = sleepers.lazy.map(\.until).min() else {
                        pthread_cond_wait(changed, lock)
                        continue
                    }
                    if next <= Self.now { break }
                    var end = timespec(tv_sec: Int(next / 1_000_000_000), tv_nsec: Int(next % 1_000_000_000))
                    pthread_cond_timedwait(changed, lock, &end)
                }
                let batch = jobs
                jobs.removeAll(keepingCapacity: true)
                let woken = takeSleepers(until: Self.now)
                let isLast = isStopped
                pthread_mutex_unlock(lock)
                for (job, executor) in batch { job.runSynchronously(on: executor) }
                // Their jobs come back to this queue.
                for continuation in woken { continuation.resume() }
                if isLast, batch.isEmpty, woken.isEmpty { return }
            }
        }

        private func takeSleepers(until now: Moment) -> [UnsafeContinuation<Void, Never>] {
            guard sleepers.contains(where: { $0.until <= now }) else { return [] }
            let woken = sleepers.filter { $0.until <= now }.map(\.continuation)
            sleepers.removeAll { $0.until <= now }
            return woken
        }

        private func change(_ body: () -> Void) {
            pthread_mutex_lock(lock)
            body()
            pthread_cond_signal(changed)
            pthread_mutex_unlock(lock)
        }

        private static var now: Moment {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Moment(time.tv_sec) * 1_000_000_000 + Moment(time.tv_nsec)
        }
    }
}
