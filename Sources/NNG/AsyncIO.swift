import CNNG
import Synchronization

/// One `nng_aio`, for one operation at a time, awaited. Its callback runs on a thread of libnng and does nothing but resume the
/// continuation.
///
/// Operations end by themselves or by their timeout; ``stop()`` is for the end of the socket alone. libnng 1.5.2 loses callbacks and panics
/// when an aio is cancelled in a race with its start (nanomsg/nng 2208), so starts and stops of one aio exclude each other here.
///
/// Unchecked: the pointer is set once; libnng synchronises its own state, and the continuation is behind a lock.
final class AsyncIO: @unchecked Sendable {
    private(set) var pointer: OpaquePointer!
    private let state = Mutex(State())

    private struct State {
        var waiting: CheckedContinuation<Int32?, Never>?
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
    ///
    /// - Parameter start: hands the aio to libnng. None of the operations used here calls back before it returns (libnng finishes on its own
    ///   threads what was submitted), so it may run within the lock.
    func run(timeout: Duration? = nil, _ start: (OpaquePointer) -> Void) async -> Int32 {
        let refusal: Int32? = await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                guard !state.isStopped else { return true }
                state.waiting = continuation
                nng_aio_set_timeout(pointer, timeout.map { Int32(clamping: max(1, $0.milliseconds)) } ?? -1)
                start(pointer)
                return false
            }
            if isStopped { continuation.resume(returning: NNGError.canceled) }
        }
        return refusal ?? nng_aio_result(pointer)
    }

    /// Ends the operation that is under way, if any, and refuses all later ones. Waits for the callback: not for the threads of Swift's pool.
    func stop() {
        state.withLock { $0.isStopped = true }
        nng_aio_stop(pointer)
        // The callback has run by now, or never will.
        finish()
    }

    /// The message of the last operation, if it left one; who takes it owns it.
    func takeMessage() -> OpaquePointer? {
        defer { nng_aio_set_msg(pointer, nil) }
        return nng_aio_get_msg(pointer)
    }

    private func finish() {
        let continuation = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }
        continuation?.resume(returning: nil)
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
