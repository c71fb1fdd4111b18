import Foundation
import Testing
import WeirCluster
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirStorage

@Suite struct JournalTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(segmentBytes: Int = 256 << 20, readBytes: Int = 8 << 20) throws -> Journal {
        var limits = JournalLimits()
        limits.segmentBytes = segmentBytes
        limits.readBytes = readBytes
        return try Journal(directory: directory.path, limits: limits)
    }

    private static func frame(_ number: UInt64, bytes: Int = 100) -> JournalledFrame {
        var random = SplitMix64(seed: number)
        return JournalledFrame(
            sequence: FrameSequence(number),
            newest: EventTime(microseconds: Int64(number) * 1000),
            payload: (0..<bytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        )
    }

    /// Everything from a sequence on.
    private func all(_ journal: Journal, from: UInt64 = 1) throws -> [JournalledFrame] {
        var frames: [JournalledFrame] = []
        while true {
            let next = frames.last.map { $0.sequence.next } ?? FrameSequence(from)
            let read = try journal.read(from: next)
            if read.frames.isEmpty { return frames }
            frames += read.frames
        }
    }

    private var segments: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".journal") }
                .sorted()
        }
    }

    private func expect(_ found: [JournalledFrame], _ numbers: some Sequence<UInt64>, bytes: Int = 100) {
        let wanted = numbers.map { Self.frame($0, bytes: bytes) }
        #expect(found.map(\.sequence) == wanted.map(\.sequence))
        #expect(found.map(\.payload) == wanted.map(\.payload))
        #expect(found.map(\.newest) == wanted.map(\.newest))
    }

    @Test func whatWasAppendedIsThereAfterOpeningAgain() throws {
        do {
            let journal = try open()
            #expect(journal.last == .none && journal.newest == nil)
            try journal.append((1...3).map { Self.frame($0) })
            try journal.append([Self.frame(4)])
        }
        let again = try open()
        #expect(again.last == FrameSequence(4))
        #expect(again.newest == EventTime(microseconds: 4000))
        #expect(again.recovery.frames == 4 && again.recovery.cutBytes == 0 && again.recovery.damage.isEmpty)
        expect(try all(again), 1...4)
        expect(try all(again, from: 3), 3...4)
        try again.append([Self.frame(5)])
        expect(try all(again), 1...5)
    }

    @Test func openingTellsTheLastPositionsOfTheLogThatWasRead() throws {
        func frame(_ number: UInt64, _ offsets: [Int32: Int64]?) -> JournalledFrame {
            let positions = offsets.map { offsets in
                var positions = LogPositions(reader: "group")
                for (partition, offset) in offsets {
                    positions.advance(LogPositions.Partition(topic: "topic", number: partition), to: offset)
                }
                return positions
            }
            let frame = Frame(
                receivedAt: EventTime(microseconds: 0),
                source: "kafka",
                placement: 1,
                parts: [Frame.Part(worker: 0, bytes: [UInt8](repeating: 7, count: 100))],
                positions: positions
            )
            return JournalledFrame(sequence: FrameSequence(number), newest: nil, payload: frame.encoded)
        }
        do {
            let journal = try open(segmentBytes: 200)
            #expect(journal.recovery.positions == nil)
            for next in [frame(1, [0: 5]), frame(2, [0: 9, 1: 2]), frame(3, nil), Self.frame(4)] {
                try journal.append([next])
            }
        }
        let positions = try #require(try open().recovery.positions)
        #expect(positions.reader == "group")
        #expect(positions.next.values.sorted() == [2, 9])
    }

    @Test func anEmptyJournalHasNothingToRead() throws {
        #expect(try open().read(from: FrameSequence(1)).frames.isEmpty)
    }

    @Test func readingGoesOnAcrossSegmentsAndInSmallSteps() throws {
        let journal = try open(segmentBytes: 1000, readBytes: 300)
        for number in UInt64(1)...50 { try journal.append([Self.frame(number)]) }
        #expect(try segments.count > 3)
        expect(try all(journal), 1...50)
        expect(try all(try open(segmentBytes: 1000, readBytes: 50)), 1...50)
    }

    @Test func aTornTailIsCutAtTheLastWholeFrameWhereverItTears() throws {
        try open().append((1...3).map { Self.frame($0) })
        let path = directory.path + "/" + (try segments[0])
        let whole = try Data(contentsOf: URL(filePath: path))
        let record = 24 + 100
        for kept in stride(from: whole.count - 1, through: whole.count - record, by: -7) {
            try whole.prefix(kept).write(to: URL(filePath: path))
            let journal = try open()
            #expect(journal.last == FrameSequence(2), "\(kept)")
            #expect(journal.recovery.cutBytes == kept - (whole.count - record))
            #expect(journal.recovery.damage.isEmpty)
            try journal.append([Self.frame(3)])
            expect(try all(journal), 1...3)
        }
    }

    @Test func aBrokenFrameInTheMiddleIsReportedAndSetAsideAndTheRestIsRead() throws {
        try open().append((1...5).map { Self.frame($0) })
        let path = directory.path + "/" + (try segments[0])
        var bytes = try Data(contentsOf: URL(filePath: path))
        let broken = 32 + 2 * 124 + 60
        bytes[broken] ^= 0x10
        try bytes.write(to: URL(filePath: path))
        let journal = try open()
        #expect(journal.last == FrameSequence(5))
        #expect(journal.recovery.damage.count == 1)
        let damage = try #require(journal.recovery.damage.first)
        #expect(damage.offset == 32 + 2 * 124 && damage.count == 124 && damage.after == FrameSequence(2))
        expect(try all(journal), [1, 2, 4, 5])
        #expect(
            try !journal.read(from: FrameSequence(3)).damage.isEmpty
                || journal.read(from: FrameSequence(1)).damage.count == 1
        )
        let aside = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/damaged")
        #expect(aside.count == 1)
        #expect(try Data(contentsOf: URL(filePath: directory.path + "/damaged/" + aside[0])).count == 124)
    }

    @Test func trimmingTakesWholeSegmentsThatAreCommittedAndOld() throws {
        let journal = try open(segmentBytes: 1000)
        for number in UInt64(1)...50 { try journal.append([Self.frame(number)]) }
        let before = try segments.count
        #expect(try journal.trim(through: FrameSequence(50), olderThan: EventTime(microseconds: 0)) == 0)
        #expect(try journal.trim(through: .none, olderThan: .latest) == 0)
        #expect(try journal.trim(through: FrameSequence(25), olderThan: EventTime(microseconds: 20_500)) > 0)
        #expect(try segments.count < before)
        let left = try all(journal)
        #expect(left.first!.sequence <= FrameSequence(21), "frames that are not old stay")
        // What was trimmed continues with the first frame that is there, also after opening again; the last segment always stays.
        #expect(try all(try open()).first!.sequence == left.first!.sequence)
        try journal.trim(through: FrameSequence(50), olderThan: .latest)
        #expect(journal.last == FrameSequence(50))
        try journal.append([Self.frame(51)])
        #expect(try all(journal).last!.sequence == FrameSequence(51))
    }

    @Test func aDirectoryThatCannotBeUsedIsNamed() throws {
        try Data("no journal".utf8).write(to: URL(filePath: directory.path + "/00000000000000000001.journal"))
        try Data("either".utf8).write(to: URL(filePath: directory.path + "/00000000000000000002.journal"))
        #expect(throws: JournalFailure.self) { try open() }
        let file = directory.path + "/file"
        try Data().write(to: URL(filePath: file))
        let failure = #expect(throws: JournalFailure.self) { try Journal(directory: file + "/journal") }
        #expect((failure.map(\.description) ?? "").contains(file))
    }

    /// Against a model: random appends, trims and openings, each with the last bytes of the file torn off at random.
    @Test(arguments: 1...20) func everySyncedFrameSurvivesAnything(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var journal = try open(segmentBytes: 2000, readBytes: 500)
        var kept: ClosedRange<UInt64>?
        for _ in 0..<60 {
            switch random.next() % 4 {
            case 0, 1:
                let first = (kept?.upperBound ?? 0) + 1
                let last = first + random.next() % 4
                try journal.append((first...last).map { Self.frame($0, bytes: Int($0 * 37 % 400)) })
                kept = (kept?.lowerBound ?? first)...last
            case 2:
                guard let range = kept else { continue }
                let through = range.lowerBound + random.next() % (range.upperBound - range.lowerBound + 1)
                try journal.trim(through: FrameSequence(through), olderThan: .latest)
                if let first = try all(journal).first {
                    #expect(first.sequence.value <= through + 1)
                    kept = first.sequence.value...range.upperBound
                }
            default:
                // A write that was under way when the power went: garbage after the last whole frame.
                let path = directory.path + "/" + (try segments.last!)
                let handle = try FileHandle(forWritingTo: URL(filePath: path))
                try handle.seekToEnd()
                try handle.write(
                    contentsOf: Data(
                        (0..<Int(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                    )
                )
                try handle.close()
                journal = try open(segmentBytes: 2000, readBytes: 500)
            }
            let found = try all(journal)
            #expect(found.map(\.sequence.value) == kept.map(Array.init) ?? [])
            for frame in found {
                #expect(
                    frame.payload
                        == Self.frame(frame.sequence.value, bytes: Int(frame.sequence.value * 37 % 400)).payload
                )
            }
        }
    }
}
