import Testing

@testable import NNG

@Suite struct SilenceTests {
    private var silence = Silence(boundMin: .seconds(10), boundMax: .seconds(60))
    private let start = ContinuousClock.now

    private func after(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private mutating func ask(from begin: Int, to end: Int) {
        silence.asked(at: after(begin))
        silence.unanswered(at: after(end))
    }

    @Test mutating func aRequestThatIsOutstandingForLongerThanTheBoundIsTooLong() {
        silence.asked(at: after(0))
        #expect(!silence.isTooLong(at: after(10)))
        #expect(silence.isTooLong(at: after(11)))
    }

    @Test mutating func whatEndsByItsTimeoutAddsUpAndWhatLiesBetweenDoesNot() {
        ask(from: 0, to: 5)
        ask(from: 3_600, to: 3_605)
        #expect(silence.length(at: after(9_000)) == .seconds(10))
        #expect(!silence.isTooLong(at: after(9_000)))
        silence.asked(at: after(9_000))
        #expect(silence.isTooLong(at: after(9_001)))
    }

    @Test mutating func requestsSideBySideCountOnce() {
        for _ in 0..<8 { silence.asked(at: after(0)) }
        for second in 1...8 { silence.unanswered(at: after(second)) }
        #expect(silence.length(at: after(20)) == .seconds(8))
    }

    @Test mutating func anAnswerBeginsItAnewForWhatIsStillOutstanding() {
        silence.asked(at: after(0))
        silence.asked(at: after(0))
        silence.answered(at: after(9))
        #expect(silence.length(at: after(15)) == .seconds(6))
        silence.answered(at: after(18))
        #expect(silence.length(at: after(100)) == .zero)
    }

    @Test mutating func theBoundDoublesUpToItsLimitAndFallsBackWithTheFirstAnswer() {
        var bounds: [Duration] = []
        for _ in 0..<5 {
            bounds.append(silence.bound)
            silence = silence.successor
        }
        #expect(bounds == [10, 20, 40, 60, 60].map { .seconds($0) })
        ask(from: 0, to: 30)
        #expect(silence.bound == .seconds(60), "a request without an answer changes nothing")
        silence.asked(at: after(31))
        silence.answered(at: after(32))
        #expect(silence.bound == .seconds(10))
        #expect(silence.successor.bound == .seconds(20))
    }

    @Test mutating func aLineThatTakesAnothersPlaceHasNothingOutstanding() {
        silence.asked(at: after(0))
        #expect(silence.successor.length(at: after(50)) == .zero)
    }
}
