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

    /// 64 slices of 100 s.
    static let horizon = Horizon.limited(.seconds(6400))

    @Test func whatIsForgottenIsNewAgainAndNothingElse() {
        var random = SplitMix64(seed: 2)
        var table = FingerprintTable(horizon: Self.horizon)
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
        for (index, fingerprint) in fingerprints.enumerated() {
            let isNew = table.insert(fingerprint, at: EventTime(microseconds: 10_000 * 1_000_000))
            #expect(isNew == (index < 10_000))
        }
    }

    /// Against a dictionary with the same rule, with a horizon that moves in steps and jumps, and times far from it on both sides.
    @Test(arguments: 0..<6)
    func itRemembersWhatADictionaryRemembers(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var table = FingerprintTable(horizon: Self.horizon)
        var model: [UInt64: Int64] = [:]
        var horizon = Int64.min
        var now: Int64 = -50_000
        func slice(_ second: Int64) -> Int64 { Int64((Double(second) / 100).rounded(.down)) }
        for step in 0..<30_000 {
            now += Int64.random(in: 0...2, using: &random)
            if seed > 0, step % 1000 == 999 {
                if Int.random(in: 0..<8, using: &random) == 0 { now += 40_000 }
                horizon = max(horizon, slice(now - 6400))
                table.forget(before: EventTime(microseconds: (now - 6400) * 1_000_000))
            }
            // Few fingerprints in two partitions, so that they repeat.
            let fingerprint =
                UInt64.random(in: 0..<4000, using: &random) &* 0x0100_0000_0000_1001 & 0x01FF_FFFF_FFFF_FFFF
            let second =
                switch Int.random(in: 0..<10, using: &random) {
                case 0: now - Int64.random(in: 0...20_000, using: &random)
                case 1: now + Int64.random(in: 0...60_000, using: &random)
                default: now
                }
            let isKnown = model[fingerprint].map { $0 >= horizon } ?? false
            #expect(table.contains(fingerprint) == isKnown)
            let isNew = table.insert(fingerprint, at: EventTime(microseconds: second * 1_000_000))
            #expect(isNew != isKnown)
            if isNew { model[fingerprint] = slice(second) }
        }
    }

    @Test func anEventTakesAtMostFourteenBytes() {
        var random = SplitMix64(seed: 3)
        var table = FingerprintTable(horizon: Self.horizon)
        // A thousand events a second for two and a half horizons, as the watermark follows.
        let eventsWithinHorizon = 6400 * 100
        for second in 0..<Int64(16_000) {
            let time = EventTime(microseconds: second * 1_000_000)
            for _ in 0..<100 { _ = table.insert(random.next(), at: time) }
            table.forget(before: time.advanced(byMicroseconds: -6_400_000_000))
            if second > 6400 { #expect(table.byteCount <= 14 * eventsWithinHorizon) }
        }
        #expect(table.byteCount >= 8 * eventsWithinHorizon)
    }
}
