import Testing
import WeirCore
import WeirTestSupport

@Suite struct FingerprintTableTests {
    @Test func eachEventIsNewOnce() {
        var random = SplitMix64(seed: 1)
        var table = FingerprintTable()
        let fingerprints = (0..<50_000).map { _ in random.next() }
        for (index, fingerprint) in fingerprints.enumerated() {
            let isNew = table.insert(fingerprint, at: EventTime(microseconds: Int64(index)))
            #expect(isNew)
        }
        for fingerprint in fingerprints.shuffled(using: &random) {
            let isNew = table.insert(fingerprint, at: EventTime(microseconds: 0))
            #expect(!isNew)
        }
        #expect(table.count == 50_000)
    }

    @Test func theSameEventIDInAnotherWorkflowIsAnotherEvent() {
        let event = UUID128(high: 5, low: 6)
        #expect(
            FingerprintTable.fingerprint(event: event, workflowHash: 1)
                != FingerprintTable.fingerprint(event: event, workflowHash: 2)
        )
    }

    @Test func whatIsForgottenIsNewAgainAndNothingElse() {
        var random = SplitMix64(seed: 2)
        var table = FingerprintTable()
        let fingerprints = (0..<20_000).map { _ in random.next() }
        for (index, fingerprint) in fingerprints.enumerated() {
            _ = table.insert(fingerprint, at: EventTime(microseconds: Int64(index) * 1_000_000))
        }
        table.forget(before: EventTime(microseconds: 10_000 * 1_000_000))
        for (index, fingerprint) in fingerprints.enumerated() where index >= 10_000 {
            #expect(table.contains(fingerprint))
        }
        let old = fingerprints[..<10_000].filter { table.contains($0) }.count
        #expect(old == 0)
        #expect(!table.contains(random.next()))
    }
}
