import Foundation
import Testing
import WeirCore

@testable import WeirNode

@Suite struct FileReplayTests {
    private let fixture: ReplayFixture
    private let lines: [[UInt8]]

    init() throws {
        fixture = try ReplayFixture()
        lines = ReplayFixture.lines(ReplayFixture.columns(seed: 3, 1000))
    }

    @Test func linesAreSentAsTheyStandInOrder() async throws {
        let first = try fixture.makeFile("a", Array(lines[..<700]))
        let second = try fixture.makeFile("b", Array(lines[700...]))
        let replay = try FileReplay([first, second], ReplayChoice())
        let (found, totals) = try await ReplayFixture.all(replay)
        #expect(found == lines)
        #expect(totals.read == 1000 && totals.bytesRead == replay.size)
    }

    @Test func aRunGoesOnWhereAnEarlierOneWas() async throws {
        let path = try fixture.makeFile("a", lines)
        var first = try FileReplay([path], ReplayChoice())
        let unit = try #require(try first.next())
        #expect(unit.read < 1000)
        var second = try FileReplay([path], ReplayChoice())
        try second.resume(at: unit.positions)
        let (found, _) = try await ReplayFixture.all(second)
        #expect(found == Array(lines[unit.read...]))
    }

    @Test func aLastLineThatIsStillWrittenIsReadAgain() async throws {
        let path = try fixture.makeFile("a", Array(lines[..<2]))
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(lines[2].prefix(20)))
        var replay = try FileReplay([path], ReplayChoice())
        let unit = try #require(try replay.next())
        #expect(unit.refused.values.reduce(0, +) == 1)
        try file.write(contentsOf: Data(lines[2].dropFirst(20) + [0x0A]))
        var again = try FileReplay([path], ReplayChoice())
        try again.resume(at: unit.positions)
        let (found, totals) = try await ReplayFixture.all(again)
        #expect(found == [lines[2]] && totals.refusedCount == 0)
    }

    @Test func aFileThatIsShorterThanTheEarlierRunReadIsRefused() throws {
        let path = try fixture.makeFile("a", Array(lines[..<2]))
        var replay = try FileReplay([path], ReplayChoice())
        #expect(throws: ReplayFailure.self) { try replay.resume(at: ReplayPositions([path: 1 << 20])) }
    }

    @Test(arguments: [false, true]) func brokenLinesAreCountedAndSentWhenAskedFor(sendsRefused: Bool) async throws {
        let broken = [Array("{".utf8), Array("{\"event_type\":\"CODEGEN_NONSENSE\"}".utf8)]
        let path = try fixture.makeFile("a", [broken[0], lines[0], broken[1]])
        let (found, totals) = try await ReplayFixture.all(
            try FileReplay([path], ReplayChoice(sendsRefused: sendsRefused))
        )
        #expect(found == [lines[0]] + (sendsRefused ? broken : []))
        #expect(totals.refused == [.malformedJSON: 1, .unknownEventType: 1])
        #expect(totals.read == 1)
    }
}
