import NIOCore
import Synchronization

/// A request that came over TLS.
struct TLSRequest: Sendable {
    var message: RequestMessage
    var line: SPLine
}

/// Requests that wait for a free place, first come, first served. Bounded by the connections, each of which reads on only when its request was taken.
final class WaitingRequests: Sendable {
    private let state = Mutex(State())

    private struct State {
        var requests = CircularBuffer<TLSRequest>()
        var places = CircularBuffer<CheckedContinuation<TLSRequest?, Never>>()
        var isClosed = false
    }

    func add(_ request: TLSRequest) {
        let place = state.withLock { state -> CheckedContinuation<TLSRequest?, Never>? in
            if state.isClosed { return nil }
            if let place = state.places.popFirst() { return place }
            state.requests.append(request)
            return nil
        }
        place?.resume(returning: request)
    }

    /// The next request; nil after ``close()``.
    func next() async -> TLSRequest? {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> TLSRequest?? in
                if state.isClosed { return .some(nil) }
                if let request = state.requests.popFirst() { return request }
                state.places.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// No further request is taken: those that wait are dropped.
    func close() {
        let places = state.withLock { state in
            state.isClosed = true
            state.requests.removeAll()
            defer { state.places.removeAll() }
            return state.places
        }
        for place in places { place.resume(returning: nil) }
    }
}
