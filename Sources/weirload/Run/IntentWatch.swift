import NNG
import Synchronization
import WeirCore
import WeirLoad

/// Listens to published intents, and notes when the first record of each streaming window came.
final class IntentWatch: Sendable {
    private let socket: SubscribeSocket
    private let seen = Mutex<[EventTime: RunTime]>([:])
    private let intents = Mutex(0)

    private static let patience = Duration.milliseconds(200)

    init(url: String, tls: TLSCredentials) throws(NNGError) {
        socket = try SubscribeSocket(url, tls: tls)
    }

    /// Listens until the task is cancelled.
    func run(_ clock: RunClock) async {
        while !Task.isCancelled {
            guard let message = try? await socket.receive(timeout: Self.patience) else { continue }
            let now = clock.now
            intents.withLock { $0 += 1 }
            guard let window = PublishedWindow(message: message), window.window.type == .streaming else { continue }
            seen.withLock { seen in
                if seen[window.window.start] == nil { seen[window.window.start] = now }
            }
        }
    }

    func close() { socket.close() }

    /// When the intent of a window came; nil when it did not.
    func arrival(of start: EventTime) -> RunTime? { seen.withLock { $0[start] } }
    var count: Int { intents.withLock { $0 } }
}
