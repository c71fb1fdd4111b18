import Testing
import WeirConnectors
import WeirWire

struct KafkaBatchTests {
    private typealias Partition = LogPositions.Partition
    private static let (a, b) = (Partition(topic: "a", number: 0), Partition(topic: "b", number: 3))

    private static func batch(_ messages: [(Partition, Int64, String)]) -> KafkaBatch {
        var batch = KafkaBatch(group: "g")
        for (partition, offset, text) in messages {
            Array(text.utf8).withUnsafeBytes { batch.add($0, from: partition, at: offset) }
        }
        return batch
    }

    private static func text(_ batch: KafkaBatch) -> String { String(decoding: batch.body, as: UTF8.self) }

    @Test func eachMessageIsALineThatKnowsWhereItCameFrom() {
        let batch = Self.batch([(Self.a, 4, "{1}"), (Self.b, 9, "{2}"), (Self.a, 5, "{3}")])
        #expect(Self.text(batch) == "{1}\n{2}\n{3}\n")
        #expect(batch.place(ofLine: 1)?.partition == Self.b)
        #expect((0..<3).map { batch.place(ofLine: $0)?.offset } == [4, 9, 5])
        #expect(batch.place(ofLine: 3) == nil)
        #expect(batch.positions.next == [Self.a: 6, Self.b: 10])
        #expect(batch.positions.reader == "g")
    }

    @Test func messagesWithoutALineAreReadAllTheSame() {
        let batch = Self.batch([(Self.a, 4, ""), (Self.a, 5, " \r\n\t")])
        #expect(batch.body.isEmpty && batch.lineCount == 0)
        #expect(!batch.isEmpty)
        #expect(batch.positions.next == [Self.a: 6])
    }

    @Test(arguments: [
        ("{1}\n", "{1}\n"), ("{1}\n{2}\r\n\n", "{1}\n{2}\r\n"), ("{\n \"a\": 1\n}", "{  \"a\": 1 }\n"),
        ("\n{1}", "{1}\n"), ("{\"a\":\r\n{}\n}\n", "{\"a\":  {} } \n"), ("no\njson", "no json\n"),
    ])
    func aMessageIsAnEventOrSeveralLinesOfThem(message: String, lines: String) {
        let batch = Self.batch([(Self.a, 4, message)])
        #expect(Self.text(batch) == lines)
        #expect((0..<batch.lineCount).allSatisfy { batch.place(ofLine: $0)?.offset == 4 })
    }

    @Test func whatIsDroppedLeavesTheRestAsIfItHadNotBeen() {
        let all: [(Partition, Int64, String)] = [
            (Self.a, 4, "{1}"), (Self.b, 9, "{2}\n{3}"), (Self.a, 5, ""), (Self.b, 10, "{4}"), (Self.a, 6, "{5}"),
        ]
        for partition in [Self.a, Self.b] {
            var batch = Self.batch(all)
            batch.drop([partition])
            let rest = Self.batch(all.filter { $0.0 != partition })
            #expect(batch.body == rest.body)
            #expect(batch.positions == rest.positions)
            #expect(batch.lineCount == rest.lineCount)
            for line in 0..<rest.lineCount { #expect(batch.place(ofLine: line)! == rest.place(ofLine: line)!) }
        }
        var batch = Self.batch(all)
        batch.drop([Self.a, Self.b])
        #expect(batch.isEmpty)
    }
}
