import Testing
import WeirCluster

@Suite struct LeaderSearchTests {
    @Test func itStaysWithTheOneThatAnswers() {
        var search = LeaderSearch(["a", "b", "c"])
        search.found(0)
        #expect(search.current == 0)
        let wait = search.isStandby(0, leader: "c", at: .zero)
        #expect(wait == .zero && search.current == 2, "a standby names the leader")
        #expect(!search.isFound)
        search.found(2)
        #expect(search.current == 2 && search.isFound)
    }

    @Test func oneThatIsGoneIsPassedOverAlthoughTheStandbyNamesIt() {
        var search = LeaderSearch(["a", "b"])
        search.noAnswer(of: 0, at: .seconds(10))
        #expect(search.current == 1 && !search.isFound)
        // The lease of the one that is gone has not ended yet.
        var waits: [Duration] = []
        for tenth in 0..<10 {
            waits.append(search.isStandby(1, leader: "a", at: .seconds(10) + .milliseconds(100 * tenth)))
            #expect(search.current == 1)
        }
        #expect(waits.contains { $0 > .zero }, "it does not ask without a pause")
        search.found(1)
        #expect(search.current == 1)
    }

    @Test func oneThatIsBackIsAskedAgain() {
        var search = LeaderSearch(["a", "b"])
        search.noAnswer(of: 0, at: .seconds(10))
        _ = search.isStandby(1, leader: "a", at: .seconds(12))
        #expect(search.current == 0)
    }

    @Test func ofSeveralRequestsThatFailTogetherOneMovesOn() {
        var search = LeaderSearch(["a", "b", "c"])
        for _ in 0..<5 { search.noAnswer(of: 0, at: .seconds(1)) }
        #expect(search.current == 1)
    }

    @Test func aSingleOneIsAskedAgainAfterAPause() {
        var search = LeaderSearch(["a"])
        #expect(search.isStandby(0, leader: "x", at: .zero) > .zero)
        #expect(search.current == 0)
    }
}
