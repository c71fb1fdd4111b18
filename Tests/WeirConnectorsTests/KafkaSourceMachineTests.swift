import Testing
import WeirConnectors
import WeirCore
import WeirWire

struct KafkaSourceMachineTests {
    private typealias Partition = LogPositions.Partition
    private static let (a, b) = (Partition(topic: "t", number: 0), Partition(topic: "t", number: 1))

    private var machine = Self.machine(journal: nil)

    private static func machine(journal: LogPositions?) -> KafkaSourceMachine {
        var limits = KafkaSourceMachine.Limits()
        limits.batchBytes = 10
        return KafkaSourceMachine(group: "g", limits: limits, journal: journal)
    }

    private static func at(_ milliseconds: Int64) -> WallTime { WallTime(microseconds: milliseconds * 1000) }

    private static func positions(_ offsets: [Partition: Int64]) -> LogPositions {
        var positions = LogPositions(reader: "g")
        for (partition, offset) in offsets { positions.advance(partition, to: offset) }
        return positions
    }

    private mutating func read(_ partition: Partition, _ offset: Int64, _ text: String = "{}") {
        Array(text.utf8).withUnsafeBytes { machine.gathered.add($0, from: partition, at: offset) }
    }

    /// Effects in short.
    private mutating func receive(_ input: KafkaSourceInput, at milliseconds: Int64) -> [String] {
        func names(_ partitions: Set<Partition>) -> String { partitions.map { "\($0.number)" }.sorted().joined() }
        func offsets(_ positions: LogPositions) -> String {
            positions.next.sorted { $0.key < $1.key }.map { "\($0.key.number):\($0.value)" }.joined(separator: " ")
        }
        return machine.receive(input, at: Self.at(milliseconds)).map { effect in
            switch effect {
            case .submit(let batch): "submit \(offsets(batch.positions))"
            case .assign(let partitions): "assign \(names(partitions))"
            case .unassign(let partitions): "unassign \(names(partitions))"
            case .pause: "pause"
            case .resume: "resume"
            case .commit(let positions, let isUrgent): "\(isUrgent ? "commit now" : "commit") \(offsets(positions))"
            }
        }
    }

    @Test mutating func theGroupIsToldOnlyWhatIsOnDisk() {
        #expect(receive(.assigned([Self.a, Self.b]), at: 0) == ["assign 01"])
        read(Self.a, 4)
        #expect(receive(.tick, at: 1) == ["submit 0:5"])
        read(Self.b, 0)
        #expect(receive(.tick, at: 2000) == [])
        #expect(receive(.accepted, at: 2001) == ["submit 1:1", "commit 0:5"])
        #expect(receive(.accepted, at: 2002) == [])
        #expect(receive(.committed(Self.positions([Self.a: 5])), at: 2003) == [])
        #expect(receive(.tick, at: 3001) == ["commit 1:1"])
        #expect(receive(.commitFailed, at: 3002) == [])
        #expect(receive(.tick, at: 4001) == ["commit 1:1"])
        // An answer that does not come is not waited for for ever.
        #expect(receive(.tick, at: 19_000) == [])
        #expect(receive(.tick, at: 19_001) == ["commit 1:1"])
        #expect(receive(.committed(Self.positions([Self.b: 1])), at: 19_002) == [])
        #expect(receive(.tick, at: 30_000) == [])
    }

    @Test mutating func whatWasRefusedIsGivenAgainBeforeWhatFollowsIt() {
        _ = receive(.assigned([Self.a]), at: 0)
        read(Self.a, 0)
        #expect(receive(.tick, at: 0) == ["submit 0:1"])
        read(Self.a, 1)
        #expect(receive(.refused, at: 1) == [])
        #expect(receive(.tick, at: 50) == [])
        #expect(receive(.tick, at: 101) == ["submit 0:1"])
        #expect(receive(.accepted, at: 102).first == "submit 0:2")
    }

    @Test mutating func aPartitionGoesWhenItsBatchIsOnDiskAndTheGroupKnows() {
        _ = receive(.assigned([Self.a, Self.b]), at: 0)
        read(Self.a, 0)
        _ = receive(.tick, at: 0)
        // Not given to the ingest: whoever has the partition then reads it.
        read(Self.a, 1)
        read(Self.b, 7)
        #expect(receive(.revoked([Self.a]), at: 1) == [])
        read(Self.a, 2)
        #expect(receive(.accepted, at: 2) == ["commit now 0:1", "unassign 0", "submit 1:8"])
        #expect(machine.assigned == [Self.b])
    }

    @Test mutating func aPartitionDoesNotWaitForEverForAnIngestThatIsHeldBack() {
        _ = receive(.assigned([Self.a]), at: 0)
        read(Self.a, 0)
        _ = receive(.tick, at: 0)
        #expect(receive(.revoked([Self.a]), at: 0) == [])
        #expect(receive(.tick, at: 2999) == [])
        #expect(receive(.tick, at: 3000) == ["unassign 0"])
        // On disk after all: nothing of it is told to the group, which has given the partition to another.
        #expect(receive(.accepted, at: 5000) == [])
        #expect(machine.durable == Self.positions([Self.a: 1]))
    }

    @Test mutating func aRefusedBatchOfAPartitionThatWentIsNotGivenAgain() {
        _ = receive(.assigned([Self.a, Self.b]), at: 0)
        read(Self.a, 0)
        read(Self.b, 0)
        _ = receive(.tick, at: 0)
        #expect(receive(.lost([Self.a]), at: 1) == ["unassign 0"])
        #expect(receive(.refused, at: 2) == [])
        #expect(receive(.tick, at: 200) == ["submit 1:1"])
        #expect(receive(.accepted, at: 201) == ["commit 1:1"])
        #expect(machine.durable == Self.positions([Self.b: 1]))
    }

    @Test mutating func aSourceThatIsHeldBackPausesAndGoesOn() {
        _ = receive(.assigned([Self.a]), at: 0)
        read(Self.a, 0)
        _ = receive(.tick, at: 0)
        read(Self.a, 1, "{\"long\":\"enough\"}")
        #expect(receive(.tick, at: 1) == [])
        #expect(machine.isHeld && !machine.hasRoom)
        #expect(receive(.tick, at: 1000) == [])
        #expect(receive(.tick, at: 1001) == ["pause"])
        #expect(!machine.isHeld)
        // A partition that comes meanwhile waits as well.
        #expect(receive(.assigned([Self.b]), at: 1002) == ["assign 1"])
        #expect(machine.isPaused)
        #expect(receive(.accepted, at: 1003) == ["submit 0:2", "resume", "commit 0:1"])
    }

    @Test mutating func theJournalIsAheadOfTheGroupAfterACrash() {
        machine = Self.machine(journal: Self.positions([Self.a: 9]))
        #expect(machine.durable == Self.positions([Self.a: 9]))
        _ = receive(.assigned([Self.a]), at: 0)
        #expect(receive(.committed(Self.positions([Self.a: 4])), at: 1000) == ["commit 0:9"])
        // Of another group's journal nothing holds.
        var others = LogPositions(reader: "other")
        others.advance(Self.a, to: 9)
        #expect(Self.machine(journal: others).durable == LogPositions(reader: "g"))
    }
}
