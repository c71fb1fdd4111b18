import Testing
import WeirCluster
import WeirWire

@Suite struct ElectionMachineTests {
    private let a = LeaseHolder(name: NodeName("a")!, url: "tcp://a:7700")
    private let b = LeaseHolder(name: NodeName("b")!, url: "tcp://b:7700")
    private var machine = ElectionMachine(key: "/weir-leader", instance: "a1")
    private var step: ElectionStep?

    private var candidate: Candidate { Candidate(a, instance: "a1") }

    private func ballot(_ lease: String? = nil, _ number: Int64 = 7, by candidate: Candidate? = nil) -> ElectionAnswer {
        let winner = lease.map { Ballot.Winner(candidate: candidate ?? self.candidate, lease: $0, number: number) }
        return .ballot(Ballot(cluster: "e", winner: winner))
    }

    private func claim(_ number: Int64, overruling: Int64? = nil) -> ElectionQuestion {
        .claim(Mandate(election: "etcd e, key /weir-leader", number: number), a, overruling: overruling)
    }

    private mutating func expect(_ question: ElectionQuestion, _ sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(step == .ask(question), sourceLocation: sourceLocation)
    }

    private mutating func expect(
        _ question: ElectionQuestion,
        then answer: ElectionAnswer,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expect(question, sourceLocation)
        step = machine.take(answer)
    }

    /// It stands with a new lease, and has won with a number.
    private mutating func win(_ lease: String, _ number: Int64) {
        step = machine.acquire(for: a)
        expect(.look, then: ballot())
        expect(.check(election: "etcd e, key /weir-leader"), then: .checked(obstacle: nil))
        expect(.grantLease, then: .granted(lease: lease))
        expect(.stand(candidate, lease: lease), then: ballot(lease, number))
    }

    /// It leads in term 1 by lease L and number 7.
    private mutating func lead() {
        win("L", 7)
        expect(claim(7), then: .claimed(.answered(.granted(Term(1)))))
        #expect(step == .finished(.granted(Term(1))))
    }

    @Test mutating func whoFindsTheKeyFreeMakesItAndClaimsTheRowWithItsNumber() { lead() }

    @Test mutating func whoFindsAnotherElectedAsksForNothing() {
        step = machine.acquire(for: a)
        expect(.look, then: ballot("B", by: Candidate(b, instance: "b1")))
        expect(.check(election: "etcd e, key /weir-leader"), then: .checked(obstacle: nil))
        #expect(step == .finished(.held(b)))
    }

    @Test mutating func anotherLifeOfTheSameNameIsAnotherCandidate() {
        step = machine.acquire(for: a)
        expect(.look, then: ballot("A", by: Candidate(a, instance: "a0")))
        expect(.check(election: "etcd e, key /weir-leader"), then: .checked(obstacle: nil))
        #expect(step == .finished(.held(a)))
    }

    @Test mutating func whoIsOvertakenWhileItStandsGivesItsLeaseBack() {
        step = machine.acquire(for: a)
        expect(.look, then: ballot())
        expect(.check(election: "etcd e, key /weir-leader"), then: .checked(obstacle: nil))
        expect(.grantLease, then: .granted(lease: "L"))
        expect(.stand(candidate, lease: "L"), then: ballot("B", by: Candidate(b, instance: "b1")))
        expect(.revokeLease("L"), then: .failed(reason: "no answer"))
        #expect(step == .finished(.held(b)))
    }

    @Test mutating func aLeaderProlongsItsLeaseInEtcdAndThenTheRow() {
        lead()
        step = machine.renew(Term(1))
        expect(.renewLease("L"), then: .renewed(true))
        expect(.renewRow(Term(1)), then: .row(.granted(Term(1))))
        #expect(step == .finished(.granted(Term(1))))
    }

    @Test mutating func whoseLeaseInEtcdHasEndedDoesNotProlongTheRow() {
        lead()
        step = machine.renew(Term(1))
        expect(.renewLease("L"), then: .renewed(false))
        #expect(step == .finished(.held(nil)))
        #expect(machine.renew(Term(1)) == .finished(.held(nil)), "it has none any more")
    }

    @Test mutating func aProlongationWithoutAnAnswerKeepsTheKey() {
        lead()
        step = machine.renew(Term(1))
        expect(.renewLease("L"), then: .failed(reason: "slow"))
        #expect(step == .finished(.failed(reason: "slow")))
        step = machine.renew(Term(1))
        expect(.renewLease("L"), then: .renewed(true))
        expect(.renewRow(Term(1)), then: .row(.failed(reason: "database")))
        #expect(step == .finished(.failed(reason: "database")))
        step = machine.renew(Term(1))
        expect(.renewLease("L"))
    }

    @Test mutating func whoCanNotReachTheStoreDoesNotStandAndGivesUpTheKeyThatItHas() {
        lead()
        step = machine.acquire(for: a)
        expect(.look, then: ballot("L"))
        expect(.check(election: "etcd e, key /weir-leader"), then: .checked(obstacle: .failed(reason: "database")))
        expect(.revokeLease("L"), then: .done)
        #expect(step == .finished(.failed(reason: "database")))
    }

    @Test mutating func whoHasTheKeyTakesANewTermUnderItsNumber() {
        lead()
        step = machine.acquire(for: a)
        expect(.look, then: ballot("L"))
        expect(.check(election: "etcd e, key /weir-leader"), then: .checked(obstacle: nil))
        expect(.renewLease("L"), then: .renewed(true))
        expect(.stand(candidate, lease: "L"), then: ballot("L"))
        expect(claim(7), then: .claimed(.answered(.granted(Term(2)))))
        #expect(step == .finished(.granted(Term(2))))
    }

    /// What had asked for the end of the lease may arrive when its key leads again, and would take it from the leader.
    @Test mutating func aKeyOnALeaseThatWasGivenUpIsTakenAwayBeforeItStandsAgain() {
        win("L", 7)
        expect(claim(7), then: .claimed(.answered(.failed(reason: "database"))))
        expect(.revokeLease("L"), then: .failed(reason: "no answer"))
        #expect(step == .finished(.failed(reason: "database")))
        step = machine.acquire(for: a)
        expect(.look, then: ballot("L", 7))
        expect(.check(election: "etcd e, key /weir-leader"), then: .checked(obstacle: nil))
        expect(.revokeLease("L"), then: .done)
        expect(.grantLease, then: .granted(lease: "M"))
        expect(.stand(candidate, lease: "M"), then: ballot("M", 9))
        expect(claim(9), then: .claimed(.answered(.granted(Term(1)))))
    }

    @Test mutating func whoseClaimIsOutdatedAndWhoseKeyIsGoneHasLost() {
        win("L", 7)
        expect(claim(7), then: .claimed(.outdated(by: 9)))
        expect(.look, then: ballot("B", 9, by: Candidate(b, instance: "b1")))
        expect(.revokeLease("L"), then: .done)
        #expect(step == .finished(.held(nil)))
    }

    @Test mutating func inAnEtcdThatCountsAnewTheKeyCountsAndNotTheNumber() {
        win("L", 7)
        expect(claim(7), then: .claimed(.outdated(by: 900)))
        expect(.look, then: ballot("L", 7))
        expect(claim(7, overruling: 900), then: .claimed(.answered(.granted(Term(5)))))
        #expect(step == .finished(.granted(Term(5))))
    }

    @Test mutating func aKeyOfAnotherEtcdIsNoMandate() {
        step = machine.acquire(for: a)
        expect(.look, then: ballot())
        expect(.check(election: "etcd e, key /weir-leader"), then: .checked(obstacle: nil))
        expect(.grantLease, then: .granted(lease: "L"))
        let winner = Ballot.Winner(candidate: candidate, lease: "L", number: 3)
        expect(.stand(candidate, lease: "L"), then: .ballot(Ballot(cluster: "f", winner: winner)))
        expect(.revokeLease("L"), then: .done)
        #expect(step == .finished(.held(a)))
    }

    @Test mutating func whoGivesTheLeaseBackGivesUpTheKeyAndThenTheRow() {
        lead()
        step = machine.release(Term(1))
        expect(.revokeLease("L"), then: .failed(reason: "no answer"))
        expect(.releaseRow(Term(1)), then: .done)
        #expect(step == .finished(.held(nil)))
    }

    @Test func aHolderCountsOnItForATenthLessThanEtcdIsAskedFor() {
        #expect(ElectionMachine.leaseSeconds(of: .milliseconds(2500)) == 3)
        #expect(ElectionMachine.leaseSeconds(of: .seconds(3)) == 3)
        #expect(ElectionMachine.holdingTime(of: .seconds(3)) == .milliseconds(2700))
    }
}
