import Testing
import WeirWire

@testable import WeirSimulator

/// Two coordinators that elect their leader in etcd, where nothing fails but what a test cuts.
@Suite struct ElectionTests {
    private let world: World

    init() {
        var scenario = Scenario(seed: 1, scale: .small)
        scenario.coordinators = 2
        scenario.isElectedInEtcd = true
        scenario.leaderLease = 1_000_000
        scenario.faults = []
        scenario.network = NetworkFaults()
        scenario.clockDrift = 0
        scenario.storeFailure = 0
        scenario.duration = 12_000_000
        world = World(scenario)
    }

    private var leaders: [NodeName] { world.coordinatorNames.filter { world.coordinators[$0]!?.machine != nil } }

    /// Cuts links in both directions for the rest of the faults' time.
    private func cut(_ name: NodeName, from server: NodeName) {
        world.network.cut(from: name, to: server, until: 12_000_000)
        world.network.cut(from: server, to: name, until: 12_000_000)
    }

    /// Runs: at 3 s something happens to the leader, and to the other; 6 s later `then` is told both.
    private func run(
        _ fault: @escaping (_ leader: NodeName, _ other: NodeName) -> Void,
        then: @escaping (_ leader: NodeName, _ other: NodeName) -> Void
    ) async {
        await confirmation { isDone in
            world.schedule(at: 3_000_000) { [unowned world] in
                guard let leader = leaders.first, leaders.count == 1 else { return }
                let other = world.coordinatorNames.first { $0 != leader }!
                fault(leader, other)
                world.schedule(at: 9_000_000) {
                    then(leader, other)
                    isDone()
                }
            }
            world.run()
        }
        #expect(world.violation == nil)
    }

    @Test func aLeaderThatReachesEtcdAndNotTheStoreMakesRoom() async {
        await run { leader, _ in
            cut(leader, from: World.storeName)
        } then: {
            #expect(leaders == [$1], "after \($0)")
        }
    }

    @Test func aLeaderThatReachesTheStoreAndNotEtcdIsFollowedByAnother() async {
        await run { leader, _ in
            cut(leader, from: World.etcdName)
        } then: {
            #expect(leaders == [$1], "after \($0)")
        }
    }

    @Test func ofTwoThatEachReachOneOfBothNobodyLeads() async {
        await run { leader, other in
            cut(leader, from: World.storeName)
            cut(other, from: World.etcdName)
        } then: { _, _ in
            #expect(leaders.isEmpty)
        }
    }

    @Test func withoutEtcdNobodyLeadsAndAfterItOneDoes() async {
        await run { _, _ in
            world.etcdDownUntil = 8_000_000
            world.schedule(at: 7_000_000) { #expect(leaders.isEmpty) }
        } then: { _, _ in
            #expect(leaders.count == 1)
        }
    }

    @Test func aRestartOfEtcdThatIsShorterThanTheLeaseChangesNothing() async {
        await run { [world] _, _ in
            world.etcdDownUntil = 3_400_000
            world.schedule(at: 3_400_000) { world.etcd.restart() }
        } then: { [world] leader, _ in
            #expect(leaders == [leader])
            #expect(world.store.term.value == 1)
        }
    }

    @Test func anEtcdThatIsRestoredElectsAgain() async {
        for isNew in [false, true] {
            let test = Self()
            await test.run { [world = test.world] _, _ in
                // There is no backup yet: it begins from nothing, with lower revisions.
                world.etcd.restore(isNew: isNew)
            } then: { [world = test.world] _, _ in
                #expect(test.leaders.count == 1)
                #expect(world.store.term.value > 1)
            }
        }
    }
}
