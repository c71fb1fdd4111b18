import Testing
import WeirCore
import WeirTestSupport

@Suite struct HyperLogLogTests {
    @Test func amillionKeysAreCountedWithinTheStandardError() {
        var squares = 0.0
        let runs = 8
        for run in 0..<runs {
            var random = SplitMix64(seed: UInt64(run) &* 977)
            var sketch = HyperLogLog()
            for key in 0..<1_000_000 { sketch.add(hash: XXHash64.hash(random.next(), UInt64(key))) }
            let error = Double(sketch.estimate) / 1_000_000 - 1
            #expect(abs(error) <= 4 * HyperLogLog.standardError)
            squares += error * error
        }
        // The root mean square over the runs estimates the standard error; twice is far outside of chance for eight.
        #expect((squares / Double(runs)).squareRoot() <= 2 * HyperLogLog.standardError)
    }

    @Test(arguments: [5_000, 20_000, 60_000, 200_000])
    func middlingCountsHaveNoBias(keys: Int) {
        var random = SplitMix64(seed: UInt64(keys))
        var sketch = HyperLogLog()
        for _ in 0..<keys { sketch.add(hash: XXHash64.hash(random.next(), random.next())) }
        #expect(abs(Double(sketch.estimate) / Double(keys) - 1) <= 4 * HyperLogLog.standardError)
    }

    @Test func repeatedKeysChangeNothing() {
        var random = SplitMix64(seed: 5)
        let hashes = (0..<10_000).map { _ in random.next() }
        var once = HyperLogLog()
        var often = HyperLogLog()
        for hash in hashes { once.add(hash: hash) }
        for hash in hashes + hashes.reversed() { often.add(hash: hash) }
        #expect(once == often)
    }
}
