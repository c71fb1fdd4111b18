import Testing
import WeirLoad

@Suite struct LimitSearchTests {
    /// The rates tried against a system with a fixed limit, and what the search found.
    private func search(limit: Double, from start: Double, in range: ClosedRange<Double>) -> (
        rates: [Double], found: Double?
    ) {
        var search = LimitSearch(from: start, in: range, precision: 0.05)
        var rates: [Double] = []
        while let rate = search.next {
            rates.append(rate)
            search.tried(rate, held: rate <= limit)
        }
        return (rates, search.highestHeld)
    }

    @Test func itDoublesAndThenHalvesTheGap() {
        let (rates, found) = search(limit: 3300, from: 1000, in: 1...1e6)
        #expect(rates == [1000, 2000, 4000, 3000, 3500, 3250, 3375])
        #expect(found == 3250)
    }

    @Test(arguments: [1, 7, 999, 1000, 1001, 123_456] as [Double])
    func theResultHoldsAndIsWithinThePrecision(limit: Double) throws {
        let found = try #require(search(limit: limit, from: 1000, in: 1...1e6).found)
        #expect(found <= limit)
        #expect(limit <= found * 1.05 + 1e-9)
    }

    @Test func itEndsAtTheHighestRateAllowed() {
        let (rates, found) = search(limit: 1e9, from: 1000, in: 1...3000)
        #expect(rates == [1000, 2000, 3000])
        #expect(found == 3000)
    }

    @Test func itEndsWhenNothingHolds() {
        let (rates, found) = search(limit: 0, from: 8, in: 1...1000)
        #expect(rates == [8, 4, 2, 1])
        #expect(found == nil)
    }
}
