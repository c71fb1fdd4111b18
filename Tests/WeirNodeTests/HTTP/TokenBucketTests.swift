import Testing

@testable import WeirNode

@Suite struct TokenBucketTests {
    @Test func itLetsASecondsWorthThroughAtOnceAndThenTheRate() {
        var bucket = TokenBucket(rate: 10, at: .zero)
        func taken(_ count: Int, at now: Duration) -> Int {
            (0..<count).reduce(0) { sum, _ in sum + (bucket.take(rate: 10, at: now) ? 1 : 0) }
        }
        #expect(taken(20, at: .zero) == 10)
        #expect(taken(1, at: .milliseconds(99)) == 0)
        #expect(taken(2, at: .milliseconds(100)) == 1)
        // Idle for long, it holds a second's worth and no more.
        #expect(taken(20, at: .seconds(3600)) == 10)
    }

    @Test func clientsDoNotTakeFromEachOtherAndAreForgottenInOrder() {
        var buckets = ClientBuckets(rate: 1)
        var results: [Bool] = []
        for client in ["a", "a", "b"] { results.append(buckets.take(client, at: .zero)) }
        #expect(results == [true, false, true])
        for number in 0..<ClientBuckets.clientsMax { _ = buckets.take("client \(number)", at: .zero) }
        let again = buckets.take("a", at: .zero)
        #expect(again)
    }
}
