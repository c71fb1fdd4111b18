import Foundation
import Testing
import WeirCore

@testable import WeirNode

@Suite struct ReplayRunTests {
    private let fixture: ReplayFixture
    private let lines: [[UInt8]]

    init() throws {
        fixture = try ReplayFixture()
        lines = ReplayFixture.lines(ReplayFixture.columns(seed: 5, 600))
    }

    private func written(_ body: (ReplayDestination) async throws -> Void) async throws -> [[UInt8]] {
        let path = fixture.path("out")
        let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
        try await body(.lines(descriptor: descriptor))
        close(descriptor)
        return try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A).map { Array($0) }
    }

    @Test(arguments: [1, 1000, 1 << 20]) func allLinesGoInOrderInBatchesOfAnySize(batchBytes: Int) async throws {
        let path = try fixture.makeFile("in", lines)
        let found = try await written { destination in
            var reader = try FileReplay([path], ReplayChoice())
            var run = ReplayRun(to: destination, rate: nil, batchBytes: batchBytes)
            let totals = try await run.run(&reader)
            #expect(totals.sent == 600 && totals.selected == 600)
            if batchBytes == 1 { #expect(totals.batches == 600) }
        }
        #expect(found == lines)
    }

    @Test func positionsAreKeptAndGoneOnFrom() async throws {
        let state = fixture.path("state")
        for part in [lines[..<200], lines[..<600]] {
            let path = try fixture.makeFile("in", Array(part))
            let found = try await written { destination in
                var reader = try FileReplay([path], ReplayChoice())
                var run = ReplayRun(to: destination, rate: nil, batchBytes: 1 << 20, stateFile: state)
                _ = try await run.run(&reader)
            }
            #expect(found == Array(part.count == 200 ? part : lines[200...]))
        }
    }

    @Test func aFileThatHoldsNoPositionsIsRefused() async throws {
        let state = try fixture.makeFile("state", [Array("{}".utf8)])
        var reader = try FileReplay([try fixture.makeFile("in", lines)], ReplayChoice())
        var run = ReplayRun(to: .nowhere, rate: nil, batchBytes: 1000, stateFile: state)
        await #expect(throws: ReplayFailure.self) { try await run.run(&reader) }
    }

    @Test func linesAreCutInPiecesByBytesAndByLines() {
        var all = ReplayLines()
        for length in [3, 3, 10, 1, 1, 1] { all.add([UInt8](repeating: 0x61, count: length)) }
        #expect(all.pieces(bytesMax: 8, linesMax: 10).map(\.lines) == [2, 1, 3])
        #expect(all.pieces(bytesMax: 100, linesMax: 4).map(\.lines) == [4, 2])
        #expect(all.pieces(bytesMax: 1, linesMax: 4).map(\.bytes.count) == [4, 4, 11, 2, 2, 2])
        #expect(all.pieces(bytesMax: 7, linesMax: 4).flatMap(\.bytes) == all.bytes)
        #expect(ReplayLines().pieces(bytesMax: 8, linesMax: 8).isEmpty)
    }

    @Test func aPaceIsAnAverageOverAllThatWasSent() {
        let pace = ReplayPace(rate: 1000)
        #expect(pace.linesMax == 100)
        #expect(pace.pause(sent: 500, after: .milliseconds(200)) == .milliseconds(300))
        #expect(pace.pause(sent: 500, after: .milliseconds(700)) == .zero)
        #expect(ReplayPace(rate: 1).linesMax == 1)
        #expect(ReplayPace(rate: nil).pause(sent: 1_000_000, after: .zero) == .zero)
    }

    @Test func aSpanIsHalfOpenAndAWorkflowIsOne() {
        let (first, second) = (ReplayFixture.time(1), ReplayFixture.time(2))
        let span = ReplaySelection(from: first, until: second)
        #expect(span.includes(first, .zero))
        #expect(!span.includes(second, .zero))
        #expect(!span.includes(first.advanced(byMicroseconds: -1), .zero))
        let one = ReplaySelection(workflow: UUID128(high: 1, low: 1))
        #expect(one.includes(first, UUID128(high: 1, low: 1)) && !one.includes(first, .zero))
        #expect(ReplaySelection().isEverything && !span.isEverything && !one.isEverything)
    }
}
