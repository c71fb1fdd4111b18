import Testing
import WeirCluster
import WeirWire

@Suite struct LeaseMachineTests {
    private let other = LeaseHolder(name: NodeName("b")!, url: "tcp://b:7700")
    private var machine = LeaseMachine(duration: .seconds(12))

    private mutating func expect(
        _ input: LeaseInput,
        at now: Duration,
        _ effects: [LeaseEffect],
        _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = machine.receive(input, at: now)
        #expect(found == effects, comment, sourceLocation: sourceLocation)
    }

    /// A machine that leads since second 0 in term 1.
    private mutating func lead() {
        expect(.tick, at: .zero, [.acquire])
        expect(.answered(.granted(Term(1))), at: .seconds(1), [.lead(Term(1))])
        #expect(machine.term == Term(1))
    }

    @Test mutating func aStandbyAsksUntilTheLeaseIsFree() {
        expect(.tick, at: .zero, [.acquire])
        expect(.tick, at: .seconds(5), [], "one question at a time")
        expect(.answered(.held(other)), at: .seconds(5), [.follow(other)])
        expect(.tick, at: .seconds(5.5), [])
        expect(.tick, at: .seconds(6), [.acquire])
        expect(.answered(.held(other)), at: .seconds(6), [], "the leader is known")
        expect(.tick, at: .seconds(7), [.acquire])
        expect(.answered(.granted(Term(8))), at: .seconds(8), [.lead(Term(8))])
        #expect(machine.term == Term(8))
    }

    @Test mutating func aLeaderProlongsItsLeaseFromWhenItAsked() {
        lead()
        expect(.tick, at: .seconds(3.9), [])
        expect(.tick, at: .seconds(4), [.renew(Term(1))])
        expect(.answered(.granted(Term(1))), at: .seconds(7), [])
        expect(.tick, at: .seconds(8), [.renew(Term(1))])
        // No answer: it ends 12 s after the question that had one.
        expect(.tick, at: .seconds(15.9), [])
        expect(.tick, at: .seconds(16), [.stepDown(.expired)])
        #expect(machine.term == nil)
        expect(.tick, at: .seconds(17), [], "the question is still under way")
        expect(.answered(.granted(Term(1))), at: .seconds(18), [], "it comes too late")
        expect(.tick, at: .seconds(18), [.acquire])
    }

    @Test mutating func aLeaderCountsOnItsLeaseFromWhenItAskedWhateverTimeTheAnswerTook() {
        #expect(!machine.holds(at: .zero))
        lead()
        #expect(machine.holds(at: .seconds(11.9)))
        #expect(!machine.holds(at: .seconds(12)), "also if no tick has come to say so")
        expect(.resign, at: .seconds(2), [.stepDown(.resigned), .release(Term(1))])
        #expect(!machine.holds(at: .seconds(2)))
    }

    @Test mutating func aProlongationThatFailsIsTriedAgain() {
        lead()
        expect(.tick, at: .seconds(4), [.renew(Term(1))])
        expect(.answered(.failed(reason: "x")), at: .seconds(5), [.unreachable(reason: "x")])
        expect(.tick, at: .seconds(6), [.renew(Term(1))])
        expect(.answered(.granted(Term(1))), at: .seconds(6), [])
        expect(.tick, at: .seconds(17), [.renew(Term(1))])
    }

    @Test mutating func aLeaderThatCouldNotAskSaysSoAgainAsAStandby() {
        lead()
        expect(.tick, at: .seconds(4), [.renew(Term(1))])
        expect(.answered(.failed(reason: "x")), at: .seconds(5), [.unreachable(reason: "x")])
        expect(.tick, at: .seconds(12), [.stepDown(.expired)])
        expect(.tick, at: .seconds(12), [.acquire])
        expect(.answered(.failed(reason: "x")), at: .seconds(13), [.unreachable(reason: "x")])
        expect(.tick, at: .seconds(14), [.acquire])
        expect(.answered(.failed(reason: "x")), at: .seconds(15), [], "once")
    }

    @Test mutating func whoIsDeposedFollows() {
        lead()
        expect(.tick, at: .seconds(4), [.renew(Term(1))])
        expect(.answered(.held(other)), at: .seconds(4), [.stepDown(.deposed), .follow(other)])
        expect(.deposed(Term(1)), at: .seconds(4), [], "once")
    }

    @Test mutating func aRefusedTransactionEndsItsTermAndNoOther() {
        lead()
        expect(.deposed(Term(0)), at: .seconds(2), [])
        expect(.deposed(Term(1)), at: .seconds(2), [.stepDown(.deposed)])
        expect(.tick, at: .seconds(2), [])
        expect(.tick, at: .seconds(3), [.acquire])
    }

    @Test mutating func afterAFailureOfTheStoreItLeadsInANewTerm() {
        lead()
        expect(.storeFailed(Term(1)), at: .seconds(2), [.stepDown(.storeFailed)])
        expect(.tick, at: .seconds(2), [])
        expect(.tick, at: .seconds(3), [.acquire])
        expect(.answered(.granted(Term(2))), at: .seconds(4), [.lead(Term(2))])
    }

    @Test mutating func aLeaseThatComesAfterItsEndIsAskedForAnew() {
        expect(.tick, at: .zero, [.acquire])
        expect(.answered(.granted(Term(1))), at: .seconds(12), [])
        expect(.tick, at: .seconds(12), [.acquire])
        expect(.answered(.granted(Term(2))), at: .seconds(13), [.lead(Term(2))])
    }

    @Test mutating func whoResignsGivesTheLeaseBack() {
        lead()
        expect(.resign, at: .seconds(2), [.stepDown(.resigned), .release(Term(1))])
        expect(.tick, at: .seconds(20), [])
    }

    @Test mutating func aLeaseThatIsGrantedAfterTheResignationIsGivenBack() {
        expect(.tick, at: .zero, [.acquire])
        expect(.resign, at: .seconds(1), [])
        expect(.answered(.granted(Term(4))), at: .seconds(2), [.release(Term(4))])
    }
}
