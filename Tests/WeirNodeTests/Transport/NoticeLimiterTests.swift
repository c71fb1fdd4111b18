import Logging
import Synchronization
import Testing

@testable import WeirNode

@Suite struct NoticeLimiterTests {
    private final class Lines: Sendable {
        let count = Atomic(0)
    }

    private struct CountingHandler: LogHandler {
        let lines: Lines
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.count.add(1, ordering: .relaxed) }
    }

    @Test func aSubjectIsLetThroughOnceIn30Seconds() {
        let notices = NoticeLimiter()
        let start = ContinuousClock.now
        #expect(notices.admits("a", at: start))
        #expect(!notices.admits("a", at: start + .seconds(29)))
        #expect(notices.admits("b", at: start + .seconds(29)))
        #expect(notices.admits("a", at: start + .seconds(30)))
    }

    @Test func aRefusalIsLoggedOnceWhateverFrameItNames() {
        let lines = Lines()
        let log = Logger(label: "test") { _ in CountingHandler(lines: lines) }
        let notices = NoticeLimiter()
        for frame in 0..<100 { log.refused("its journal ends with frame \(frame)", notices) }
        #expect(lines.count.load(ordering: .relaxed) == 1)
        log.refused("a newer process with this name has joined", notices)
        #expect(lines.count.load(ordering: .relaxed) == 2)
    }
}
