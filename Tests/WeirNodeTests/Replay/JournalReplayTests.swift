import Foundation
import Testing
import WeirCore
import WeirStorage
import WeirWire

@testable import WeirNode

@Suite struct JournalReplayTests {
    private let fixture: ReplayFixture

    init() throws {
        fixture = try ReplayFixture()
    }

    private static func part(_ seed: UInt64, _ count: Int = 50) -> FramePart {
        FramePart(columns: ReplayFixture.columns(seed: seed, count))
    }

    @Test func everyEventIsReadWithItsValuesBitForBit() async throws {
        let columns = (1...5).map { ReplayFixture.columns(seed: $0) }
        let path = try fixture.makeJournal(
            "i1/journal",
            columns.enumerated().map { (Int64($0), FramePart(columns: $1)) }
        )
        // By the journal, and by the data directory that it is in.
        for directory in [path, fixture.path("i1"), fixture.path("i1/")] {
            let (lines, totals) = try await ReplayFixture.all(try JournalReplay([directory], ReplayChoice()))
            #expect(lines == columns.flatMap(ReplayFixture.lines))
            #expect(ReplayFixture.values(Array(lines[..<50])) == ReplayFixture.values(columns[0]))
            #expect(totals.read == 250 && totals.selected == 250)
            #expect(totals.span == columns.flatMap(\.times).min()!...columns.flatMap(\.times).max()!)
            #expect(totals.lossCount == 0 && totals.tornBytes == 0)
        }
    }

    @Test func aLineThatTheJournalHasIsSentAsItCameOnOneLine() async throws {
        var part = Self.part(1, 3)
        let whole = ReplayFixture.lines(part.columns)
        part.lines = [FramePart.RowLine(row: 1, bytes: Array("{\n \"prompt\":\"a\",\r\n".utf8) + whole[1].dropFirst())]
        let path = try fixture.makeJournal("j", [(1, part)])
        let (lines, _) = try await ReplayFixture.all(try JournalReplay([path], ReplayChoice()))
        #expect(lines[0] == whole[0] && lines[2] == whole[2])
        #expect(String(decoding: lines[1], as: UTF8.self).hasPrefix("{  \"prompt\":\"a\",  \"event_type\""))
        #expect(ReplayFixture.values(lines) == ReplayFixture.values(whole))
    }

    @Test func eventsAreSelectedByTimeAndWorkflow() async throws {
        let columns = ReplayFixture.columns(seed: 7, 400)
        let path = try fixture.makeJournal("j", [(1, FramePart(columns: columns))])
        let times = columns.times.sorted()
        let workflow = columns.workflowIDs[11]
        let selection = ReplaySelection(from: times[100], until: times[300], workflow: workflow)
        let (lines, totals) = try await ReplayFixture.all(try JournalReplay([path], ReplayChoice(selection)))
        let rows = columns.times.indices.filter {
            columns.times[$0] >= times[100] && columns.times[$0] < times[300] && columns.workflowIDs[$0] == workflow
        }
        let all = ReplayFixture.lines(columns)
        #expect(lines == rows.map { all[$0] })
        #expect(totals.read == 400 && totals.selected == rows.count && !rows.isEmpty)
    }

    @Test func framesOfSeveralJournalsComeInTheOrderInWhichTheyWereReceived() async throws {
        let parts = (1...6).map { Self.part($0, 1) }
        let first = try fixture.makeJournal("a", [(1, parts[0]), (4, parts[3]), (6, parts[5])])
        let second = try fixture.makeJournal("b", [(2, parts[1]), (3, parts[2]), (5, parts[4])])
        let (lines, _) = try await ReplayFixture.all(try JournalReplay([first, second], ReplayChoice()))
        #expect(lines == parts.flatMap { ReplayFixture.lines($0.columns) })
    }

    @Test(arguments: [false, true]) func refusedLinesAreCountedAndSentWhenAskedFor(sendsRefused: Bool) async throws {
        var part = Self.part(1, 2)
        part.refused = ["{]\n", "no\njson"].map {
            FramePart.RefusedLine(
                shard: ShardID(0),
                line: QuarantinedLine(reason: .malformedJSON, detail: "", line: 0, bytes: Array($0.utf8))
            )
        }
        let path = try fixture.makeJournal("j", [(1, part)])
        let choice = ReplayChoice(sendsRefused: sendsRefused)
        let (lines, totals) = try await ReplayFixture.all(try JournalReplay([path], choice))
        #expect(totals.refused == [.malformedJSON: 2])
        let refused = sendsRefused ? [Array("{] ".utf8), Array("no json".utf8)] : []
        #expect(lines == ReplayFixture.lines(part.columns) + refused)
    }

    @Test func aReplayGoesOnAfterTheLastFrameThatItHad() async throws {
        let parts = (1...4).map { Self.part($0, 2) }
        let path = try fixture.makeJournal("j", parts.enumerated().map { (Int64($0), $1) })
        var first = try JournalReplay([path], ReplayChoice())
        _ = try first.next()
        let unit = try #require(try first.next())
        #expect(unit.positions == ReplayPositions([path: 3]))
        var second = try JournalReplay([path], ReplayChoice())
        try second.resume(at: unit.positions)
        let (lines, _) = try await ReplayFixture.all(second)
        #expect(lines == parts[2...].flatMap { ReplayFixture.lines($0.columns) })
    }

    @Test func positionsOfAnotherJournalAreRefused() async throws {
        let path = try fixture.makeJournal("j", [(1, Self.part(1))])
        var replay = try JournalReplay([path], ReplayChoice())
        try replay.resume(at: ReplayPositions([path: 9]))
        let failure = await #expect(throws: ReplayFailure.self) { try await ReplayFixture.all(replay) }
        #expect(failure?.description.contains("frame 9, and frame 1 is its last") == true)
    }

    @Test func framesThatCanNotBeReadAreToldAndPassedOver() async throws {
        let path = try fixture.makeJournal("j", (1...3).map { (Int64($0), Self.part($0, 2)) })
        let segment = URL(filePath: path + "/00000000000000000001.journal")
        var bytes = try Data(contentsOf: segment)
        let length = Int(bytes[32]) | Int(bytes[33]) << 8
        bytes[32 + 24 + length + 40] ^= 1
        bytes.append(contentsOf: [1, 2, 3])
        try bytes.write(to: segment)
        let (lines, totals) = try await ReplayFixture.all(try JournalReplay([path], ReplayChoice()))
        #expect(lines == [1, 3].flatMap { ReplayFixture.lines(Self.part($0, 2).columns) })
        #expect(totals.lossCount == 1 && totals.tornBytes == 3)
        let loss = try #require(totals.losses.first)
        #expect(loss.path == segment.path && loss.offset == 32 + 24 + length && loss.after == FrameSequence(1))
    }

    @Test func aPartOfANewerFormatIsALossAndNotTheEnd() async throws {
        let journal = try Journal(directory: fixture.path("j"))
        let whole = Self.part(1, 2)
        let frame = Frame(
            receivedAt: ReplayFixture.time(1),
            source: "nng",
            placement: 1,
            parts: [Frame.Part(worker: 0, bytes: [9, 9, 9]), Frame.Part(worker: 1, bytes: whole.encoded)]
        )
        for (number, payload) in [(UInt64(1), frame.encoded), (2, [99])] {
            try journal.append([.init(sequence: FrameSequence(number), newest: nil, payload: payload)])
        }
        let (lines, totals) = try await ReplayFixture.all(try JournalReplay([fixture.path("j")], ReplayChoice()))
        #expect(lines == ReplayFixture.lines(whole.columns))
        #expect(totals.lossCount == 2)
        #expect(totals.losses.map(\.after) == [FrameSequence(0), FrameSequence(1)])
    }

    @Test func aTrimmedJournalSaysFromWhereItReaches() throws {
        let path = try fixture.makeJournal("j", [(1, Self.part(1))])
        let whole = try #require(try JournalReplay([path], ReplayChoice()).reaches.first)
        #expect(whole.description.contains("from its first frame on"))
        let reach = JournalReplay.Reach(
            directory: "j",
            bytes: 10,
            first: 532,
            newestTrimmed: EventTime("2026-11-03T00:00:58Z")
        )
        #expect(
            reach.description
                == "j: from frame 532 on, 10 bytes; what came before, with events up to 2026-11-03T00:00:58Z was trimmed, and is not there"
        )
    }
}
