import Glibc
import Testing
import WeirCore
import WeirTestSupport

@Suite struct DDSketchTests {
    /// Ten shapes: values from a uniform number in 0 ..< 1.
    static let distributions: [(name: String, value: @Sendable (Double, Double) -> Double)] = [
        ("uniform", { u, _ in u * 100 }),
        ("exponential", { u, _ in -log(1 - u) * 3 }),
        ("normal", { u, v in abs(50 + 10 * sqrt(-2 * log(1 - u)) * cos(2 * .pi * v)) }),
        ("log-normal", { u, v in exp(sqrt(-2 * log(1 - u)) * cos(2 * .pi * v) * 2) }),
        ("Pareto", { u, _ in 1 / pow(1 - u, 1 / 1.1) }),
        ("Weibull", { u, _ in pow(-log(1 - u), 1 / 0.5) }),
        ("bimodal", { u, v in u < 0.5 ? 1 + v * 0.01 : 1000 + v }),
        ("constant", { _, _ in 42 }),
        ("tiny", { u, _ in u * 1e-12 }),
        ("huge", { u, _ in u * 1e18 }),
    ]

    @Test(arguments: 0..<10)
    func quantilesAreWithinTheRelativeError(of index: Int) {
        let distribution = Self.distributions[index]
        var random = SplitMix64(seed: UInt64(index) + 1)
        func uniform() -> Double { Double(random.next() >> 11) * 0x1p-53 }
        var values: [Double] = []
        var sketch = DDSketch()
        for _ in 0..<20_000 {
            let value = distribution.value(uniform(), uniform())
            values.append(value)
            sketch.add(value)
        }
        values.sort()
        for permille in 1...1000 {
            let rank = max(1, values.count * permille / 1000)
            let exact = values[rank - 1]
            let estimate = sketch.value(atRank: rank)
            #expect(
                abs(estimate - exact) <= exact * DDSketch.relativeError * (1 + 1e-12),
                "\(distribution.name): rank \(rank) is \(estimate), not \(exact)"
            )
        }
    }

    @Test func theErrorBoundIsBelowSpecs() {
        #expect(DDSketch.relativeError <= 0.005)
    }

    @Test func theLimitsOfTheRangeAreTaken() {
        var sketch = DDSketch()
        sketch.add(0)
        sketch.add(0x1p-65)
        sketch.add(0x1p-64)
        sketch.add(0x1p63.nextDown)
        #expect(sketch.count == 4)
        #expect(sketch.value(atRank: 1) == 0)
        #expect(sketch.value(atRank: 2) == 0)
        #expect(abs(sketch.value(atRank: 3) - 0x1p-64) <= 0x1p-64 * DDSketch.relativeError)
        #expect(abs(sketch.value(atRank: 4) - 0x1p63) <= 0x1p63 * DDSketch.relativeError)
    }
}
