import Foundation
import Testing
import WeirCluster
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirStorage

@Suite struct JournalReaderTests {
    private let directory: TemporaryDirectory
    private let journal: Journal

    init() throws {
        directory = try TemporaryDirectory()
        var limits = JournalLimits()
        limits.segmentBytes = 1000
        journal = try Journal(directory: directory.path, limits: limits)
    }

    private static let frameBytes = 100
    /// With the record's header.
    private static let recordBytes = frameBytes + 24

    private func append(_ numbers: ClosedRange<UInt64>) throws {
        for number in numbers {
            try journal.append([
                JournalledFrame(
                    sequence: FrameSequence(number),
                    newest: EventTime(microseconds: Int64(number)),
                    payload: [UInt8](repeating: UInt8(number), count: Self.frameBytes)
                )
            ])
        }
    }

    private struct Found {
        var sequences: [UInt64] = []
        var losses: [JournalLoss] = []
        var tornBytes = 0
        var bytesRead = 0
    }

    private func read(readBytes: Int = 8 << 20, after sequence: UInt64 = 0) throws -> Found {
        var limits = JournalLimits()
        limits.readBytes = readBytes
        let reader = try JournalReader(directory: directory.path, limits: limits)
        reader.skip(through: FrameSequence(sequence))
        var found = Found()
        while let read = try reader.next() {
            for record in read.records {
                let number = UInt8(record.frame.sequence.value)
                #expect(record.frame.payload == [UInt8](repeating: number, count: Self.frameBytes))
                #expect(record.frame.newest == EventTime(microseconds: Int64(number)))
                #expect(record.bytes == Self.recordBytes)
            }
            found.sequences += read.records.map(\.frame.sequence.value)
            found.losses += read.losses
        }
        found.tornBytes = reader.tornBytes
        found.bytesRead = reader.bytesRead
        #expect(reader.bytesRead == reader.bytes)
        return found
    }

    private var segments: [String] {
        get throws { try JournalSegment.names(in: directory.path).map { directory.path + "/" + $0 } }
    }

    private func content() throws -> [String: Data] {
        try segments.reduce(into: [:]) { $0[$1] = try Data(contentsOf: URL(filePath: $1)) }
    }

    private func change(_ path: String, _ body: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(filePath: path))
        body(&data)
        try data.write(to: URL(filePath: path))
    }

    @Test(arguments: [50, 300, 8 << 20]) func allFramesAreReadInOrderAndNothingIsChanged(readBytes: Int) throws {
        try append(1...50)
        let before = try content()
        #expect(before.count > 3)
        let found = try read(readBytes: readBytes)
        #expect(found.sequences == Array(1...50))
        #expect(found.losses.isEmpty && found.tornBytes == 0)
        #expect(try content() == before)
    }

    @Test func segmentsBeforeASequenceAreNotRead() throws {
        try append(1...50)
        let found = try read(after: 30)
        #expect(found.sequences.last == 50)
        let first = try #require(found.sequences.first)
        #expect(first > 1 && first <= 31)
    }

    @Test func whatWasTrimmedIsToldByTheFirstSegment() throws {
        try append(1...50)
        try journal.trim(through: FrameSequence(30), olderThan: EventTime(microseconds: 30))
        let reader = try JournalReader(directory: directory.path)
        let found = try read()
        #expect(found.sequences.first == reader.first.value)
        #expect(reader.first > FrameSequence(1) && reader.first <= FrameSequence(31))
        #expect(reader.newestTrimmed == EventTime(microseconds: Int64(reader.first.value - 1)))
        #expect(found.losses.isEmpty)
    }

    @Test func segmentsThatAreTrimmedMeanwhileAreReadToTheEnd() throws {
        try append(1...50)
        let reader = try JournalReader(directory: directory.path)
        try journal.trim(through: FrameSequence(50), olderThan: EventTime(microseconds: 1000))
        var sequences: [UInt64] = []
        while let read = try reader.next() { sequences += read.records.map(\.frame.sequence.value) }
        #expect(sequences == Array(1...50))
    }

    @Test func aTornTailIsNoLoss() throws {
        try append(1...3)
        try change(try segments[0]) { $0.removeLast(10) }
        let found = try read()
        #expect(found.sequences == [1, 2])
        #expect(found.losses.isEmpty)
        #expect(found.tornBytes == Self.recordBytes - 10)
    }

    @Test(arguments: [50, 8 << 20]) func aBrokenFrameIsPassedOverAndToldWithItsPlace(readBytes: Int) throws {
        try append(1...20)
        let path = try segments[1]
        let first = try #require(try read(after: 8).sequences.first)
        let offset = 32 + Self.recordBytes
        try change(path) { $0[offset + 60] ^= 1 }
        let found = try read(readBytes: readBytes)
        #expect(found.sequences == (1...20).filter { $0 != first + 1 })
        #expect(
            found.losses == [
                JournalLoss(
                    path: path,
                    offset: offset,
                    bytes: Self.recordBytes,
                    after: FrameSequence(first),
                    reason: .broken
                )
            ]
        )
        #expect(found.losses[0].description.contains("\(Self.recordBytes) bytes at \(offset), after frame \(first)"))
    }

    @Test func aSegmentWithABrokenHeaderIsReadByItsName() throws {
        try append(1...20)
        let path = try segments[1]
        try change(path) { $0[0] ^= 1 }
        let found = try read()
        #expect(found.sequences == Array(1...20))
        #expect(found.losses.map(\.path) == [path])
        #expect(found.losses.map(\.bytes) == [32])
    }

    @Test func aSegmentThatIsMissingIsToldByTheFramesItHad() throws {
        try append(1...30)
        let paths = try segments
        let gone = try #require(UInt64(paths[1].split(separator: "/").last!.dropLast(JournalSegment.suffix.count)))
        let next = try #require(UInt64(paths[2].split(separator: "/").last!.dropLast(JournalSegment.suffix.count)))
        try FileManager.default.removeItem(atPath: paths[1])
        let found = try read()
        #expect(found.sequences == Array(1..<gone) + Array(next...30))
        #expect(found.losses.map(\.reason) == [.missing(before: FrameSequence(next))])
        #expect(found.losses.map(\.after) == [FrameSequence(gone - 1)])
    }

    @Test func aSegmentThatIsCutInTheMiddleOfTheJournalIsALoss() throws {
        try append(1...30)
        let path = try segments[1]
        try change(path) { $0.removeLast(10) }
        let found = try read()
        #expect(found.sequences.count == 29)
        #expect(found.losses.map(\.reason) == [.broken])
        #expect(found.losses.map(\.bytes) == [Self.recordBytes - 10])
        #expect(found.tornBytes == 0)
    }

    @Test func aFolderWithoutSegmentsIsNoJournal() throws {
        let empty = try TemporaryDirectory()
        #expect(throws: JournalFailure.noSegments(path: empty.path)) { try JournalReader(directory: empty.path) }
    }
}
