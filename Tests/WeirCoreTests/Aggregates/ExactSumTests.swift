import Testing
import WeirCore
import WeirTestSupport

@Suite struct ExactSumTests {
    private func sum(_ values: some Sequence<Double>) -> ExactSum {
        var sum = ExactSum()
        for value in values { sum.add(value) }
        return sum
    }

    @Test func whatDoublesLoseIsKept() {
        #expect(sum([1e15, 0.1, -1e15]).value == 0.1)
        #expect(sum([0.1, 0.2, 0.3]).value == 0.6)
        #expect(sum([0x1p53, 1, 1]).value == 0x1p53 + 2)
        #expect(sum([]).value == 0)
        #expect(sum([-0.25, 0.25]).value.sign == .plus)
    }

    @Test func theMeanIsRoundedOnce() {
        // A sum that is rounded first gives another double here.
        let values = [0x1p53, 1.0, 1.0]
        #expect(sum(values).mean(count: 3) == (0x1p53 + 2) / 3)
        #expect(sum([1.0]).mean(count: 3) == 1.0 / 3)
        #expect(sum([]).mean(count: 0) == 0)
    }

    @Test(arguments: 1...10)
    func orderAndSplitDoNotMatter(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let values = (0..<1000).map { _ in (Double(random.next() >> 11) * 0x1p-53 - 0.5) * 1e9 }
        let whole = sum(values)
        var merged = ExactSum()
        let shuffled = values.shuffled(using: &random)
        for start in stride(from: 0, to: 1000, by: 37) {
            merged.merge(sum(shuffled[start..<min(1000, start + 37)]))
        }
        #expect(merged == whole)
    }

    @Test func sumsBeyond128BitsDoNotWrapAround() {
        var sum = ExactSum()
        let big = 0x1p63.nextDown
        for _ in 0..<4 { sum.add(big) }
        #expect(sum.value == 4 * big)
        for _ in 0..<4 { sum.add(-big) }
        #expect(sum.value == 0)
    }
}
