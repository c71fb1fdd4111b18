import CNNG
import Synchronization

/// One `nng_aio`, for one operation at a time, awaited. Its callback runs on a thread of libnng and does nothing but resume the
/// continuation.
///
/// Unchecked: the pointer is set once; libnng synchronises its own state, and the continuation is behind a lock.
final class AsyncIO: @unchecked Sendable {
    private(set) var pointer: OpaquePointer!
    private let state = Mutex(State())

    private struct State {
        var waiting: CheckedContinuation<Void, Never>?
        var isStopped = false
    }

    init() {
        var aio: OpaquePointer?
        let code = nng_aio_alloc(
            &aio,
            { argument in Unmanaged<AsyncIO>.fromOpaque(argument!).takeUnretainedValue().finish() },
            Unmanaged.passUnretained(self).toOpaque()
        )
        precondition(code == 0, "out of memory: no room for an nng_aio")
        pointer = aio
    }

    deinit {
        // Freeing waits for the callback, and the last reference may be let go in the callback: so libnng does it elsewhere.
        nng_aio_reap(pointer)
    }

    /// Starts an operation, and returns libnng's result code when it is done: `NNG_ECANCELED` after ``stop()``.
    func run(timeout: Duration? = nil, _ start: (OpaquePointer) -> Void) async -> Int32 {
        if state.withLock({ $0.isStopped }) { return NNGError.canceled }
        nng_aio_set_timeout(pointer, timeout.map { Int32(clamping: max(1, $0.milliseconds)) } ?? -1)
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiting = continuation }
            start(pointer)
        }
        return nng_aio_result(pointer)
    }

    /// Ends the operation that is under way, if any, and refuses all later ones.
    func stop() {
        state.withLock { $0.isStopped = true }
        nng_aio_stop(pointer)
        // An operation started on a stopped nng_aio never calls back (libnng 1.5): whoever awaits it is told here.
        finish()
    }

    private func finish() {
        let continuation = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }
        continuation?.resume()
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
