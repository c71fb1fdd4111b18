import Testing

@testable import WeirNode

@Suite struct ReplayWindowTests {
    @Test func eachNumberCountsOnceInAnyOrder() {
        var random = SystemRandomNumberGenerator()
        var window = ReplayWindow()
        // Within the span everything is told apart.
        for start in stride(from: UInt64(1), to: 5000, by: 500) {
            var numbers = Array(start..<start + 500)
            numbers.shuffle(using: &random)
            #expect(numbers.filter { !window.admit($0) }.isEmpty)
            #expect(numbers.filter { window.admit($0) }.isEmpty)
        }
    }

    @Test func whatIsOlderThanTheSpanIsRefused() {
        var window = ReplayWindow()
        for (number, isAdmitted) in [
            (10_000, true), (10_000 - ReplayWindow.span, false), (10_000 - ReplayWindow.span + 1, true), (0, false),
            (.max, true), (.max, false), (.max - 1, true), (10_001, false), (0, false),
        ] as [(UInt64, Bool)] {
            let was = window.admit(number)
            #expect(was == isAdmitted, "\(number)")
        }
    }
}
