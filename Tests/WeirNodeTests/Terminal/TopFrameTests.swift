import Foundation
import Testing
import WeirCore

@testable import WeirNode

@Suite struct TopFrameTests {
    private func reading(seconds: Int, accepted: Int, silent: Int = 10) throws -> TopFrame.Reading {
        let json = """
            {"status":"ready","epoch":3,"shards":2,"watermark":"2026-11-03T00:00:00Z","uptime_seconds":65,
            "events":{"accepted":\(accepted),"counted":\(accepted),"duplicate":0,"quarantined":0,"quarantined_by_reason":{"too_late":2}},
            "open_windows":5,"pending_intents":1,"flushing":false,
            "workers":[{"name":"worker-1","shards":2,"commits":\(seconds * 5),"silent_ms":\(silent)}],
            "ingests":[{"name":"a","accepted":\(accepted),"lag_frames":7,"newest_event":"2026-11-03T00:00:01Z","idle":false,"silent_ms":1},
            {"name":"b","accepted":0,"lag_frames":0,"newest_event":"2026-11-03T00:00:00Z","idle":false,"silent_ms":1}],"executors":[]}
            """
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return TopFrame.Reading(
            at: EventTime("2026-11-03T00:01:00Z")!.advanced(byMicroseconds: Int64(seconds) * 1_000_000),
            status: try decoder.decode(ClusterStatus.self, from: Data(json.utf8)),
            shards: [
                TopFrame.Shard(shard: 0, worker: "worker-1", committed: ["a": 10]),
                TopFrame.Shard(shard: 1, worker: "worker-1", committed: ["a": 3]),
            ],
            errors: [("5e0c1a51-0000", "file: No space left on device")]
        )
    }

    @Test func ratesAreSinceTheScreenBefore() throws {
        let frame = TopFrame(
            try reading(seconds: 2, accepted: 5000),
            before: try reading(seconds: 0, accepted: 1000),
            address: "ipc:///c"
        )
        let text = frame.lines(TerminalSize(columns: 100, rows: 40)).joined(separator: "\n")
        for part in [
            "events/s 2000", "epoch 3", "up 1 min 5 s", "1 min 2 s behind the clock", "holds the watermark back",
            "too_late 2",
            "intent 5e0c1a51: file: No space",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        // Shard 1 is seven frames behind; the other is level.
        #expect(text.contains(/1  worker-1 +7/))
        #expect(text.contains(/worker-1 +2 +5.0/))
    }

    @Test func itFitsAnyTerminal() throws {
        let frame = TopFrame(try reading(seconds: 1, accepted: 1, silent: 2000), before: nil, address: "ipc:///c")
        for size in [
            TerminalSize(columns: 20, rows: 5), TerminalSize(columns: 80, rows: 24),
            TerminalSize(columns: 200, rows: 80),
        ] {
            let lines = frame.lines(size)
            #expect(lines.count == size.rows)
            #expect(lines.allSatisfy { $0.count <= size.columns })
        }
        #expect(frame.lines(TerminalSize(columns: 80, rows: 24)).joined().contains("SILENT"))
    }

    @Test func tablesGiveWayWhereTextIsLong() {
        var table = TextTable([("ID", .right), ("TEXT", .left), ("N", .right)])
        table.add(["1", String(repeating: "x", count: 50), "123456"])
        let lines = table.lines(width: 30)
        #expect(lines.allSatisfy { $0.count <= 30 })
        #expect(lines[1].contains("…") && lines[1].hasSuffix("123456"))
        #expect(table.lines[1].count > 50)
    }

    @Test func columnsThatHaveNoRoomAreLeftOutAndNamed() {
        var table = TextTable([("RULE", .left), ("VALUE", .right), ("SINCE", .left), ("WINDOW", .left)])
        table.add(["success_rate_low", "0.5", "2026-11-03T00:00:00Z", "2026-11-03T00:00:00Z"])
        #expect(table.lines(width: 70).count == 2)
        for width in 20..<70 {
            let lines = table.lines(width: width)
            #expect(lines.allSatisfy { $0.count <= width }, "\(width): \(lines)")
            #expect(lines[0].hasSuffix("WINDOW") != lines.dropFirst(2).joined().contains("WINDOW"))
        }
        let narrow = table.lines(width: 40)
        #expect(narrow[1].hasPrefix("success_rat") && narrow[0].hasSuffix("SINCE"))
        #expect(narrow[2] == "(no room for WINDOW: widen the terminal,")
        #expect(table.lines.count == 2 && table.lines[1].hasSuffix("Z"))
    }

    @Test func columnsThatHaveNoRoomComeBelowTheirRow() {
        var table = TextTable(
            [("RULE", .left), ("VALUE", .right), ("BOUND", .left), ("SINCE", .left), ("WINDOW", .left)],
            overflow: .below
        )
        let time = "2026-11-03T00:00:00Z"
        table.add(["success_rate_low", "0.5", "success_rate below 0.9", time, time])
        table.add(["quiet", "", "cost above 9", "", ""])
        #expect(table.lines(width: 100).count == 3)
        #expect(
            table.lines(width: 60) == [
                "RULE              VALUE  BOUND",
                "success_rate_low    0.5  success_rate below 0.9",
                "    SINCE 2026-11-03T00:00:00Z  WINDOW 2026-11-03T00:00:00Z",
                "quiet                    cost above 9",
            ]
        )
        #expect(
            table.lines(width: 40) == [
                "RULE              VALUE",
                "success_rate_low    0.5",
                "    BOUND success_rate below 0.9",
                "    SINCE 2026-11-03T00:00:00Z",
                "    WINDOW 2026-11-03T00:00:00Z",
                "quiet",
                "    BOUND cost above 9",
            ]
        )
        for width in 12..<100 {
            #expect(table.lines(width: width).allSatisfy { $0.count <= width }, "\(width)")
        }
    }
}
