import CSimdjson
import Foundation
import WeirCluster
import WeirCore
import WeirParser
import WeirWire

extension HotLoop {
    static let all: [HotLoop] = [
        HotLoop(name: "json", what: "simdjson alone: every line to a document, and the fields of an event taken out") {
            input in
            guard let parser = weir_json_parser_create() else { return 0 }
            defer { weir_json_parser_destroy(parser) }
            var fields = [weir_json_field](repeating: weir_json_field(), count: Int(WEIR_SLOT_COUNT.rawValue))
            var error: UnsafePointer<CChar>?
            var events = 0
            input.bytes.withUnsafeBufferPointer { bytes in
                var start = 0
                // The last line may lack readable bytes behind it.
                let end = bytes.count - weir_json_padding()
                while start < end, let newline = memchr(bytes.baseAddress! + start, 0x0A, end - start) {
                    let length = UnsafeRawPointer(newline) - UnsafeRawPointer(bytes.baseAddress! + start)
                    if weir_json_parse(parser, bytes.baseAddress! + start, length, &fields, &error) == 0 { events += 1 }
                    start += length + 1
                }
            }
            return events
        },
        HotLoop(name: "scan", what: "the line scanner alone: the fields of every line, without a document") { input in
            guard let scanner = weir_json_scanner_create() else { return 0 }
            defer { weir_json_scanner_destroy(scanner) }
            var line = weir_json_line()
            var events = 0
            input.bytes.withUnsafeBufferPointer { bytes in
                var start = 0
                // The last lines may lack readable bytes behind them.
                while start < bytes.count - 4096 {
                    let length = weir_json_scan_line(scanner, bytes.baseAddress! + start, &line)
                    guard length >= 0 else { return }
                    events += 1
                    start += length + 1
                }
            }
            return events
        },
        HotLoop(name: "parse", what: "EventParser: lines to columns") { input in
            var parser = EventParser()
            var batch = ParsedBatch()
            var events = 0
            input.bytes.withUnsafeBytes { bytes in
                for chunk in BenchInput.chunks(bytes) {
                    batch.removeAllKeepingRoom()
                    parser.parse(chunk, into: &batch)
                    events += batch.columns.count
                }
            }
            return events
        },
        HotLoop(name: "hash", what: "the two hashes of an event") { input in
            var sum: UInt64 = 0
            for batch in input.batches {
                for row in 0..<batch.columns.count {
                    let hash = batch.columns.workflowIDs[row].hash64
                    sum &+= FingerprintTable.fingerprint(event: batch.columns.eventIDs[row], workflowHash: hash)
                }
            }
            return Int(truncatingIfNeeded: sum)
        },
        HotLoop(name: "dedup", what: "FingerprintTable: every event into an empty table") { input in
            var table = FingerprintTable(horizon: .limited(.seconds(300)))
            var events = 0
            for (batch, fingerprints) in zip(input.batches, input.fingerprints) {
                var next = 0
                while next < fingerprints.count {
                    let end = min(next + 32, fingerprints.count)
                    fingerprints.withUnsafeBufferPointer { table.load(.init(rebasing: $0[next..<end])) }
                    for row in next..<end where table.insert(fingerprints[row], at: batch.columns.times[row]) {
                        events += 1
                    }
                    next = end
                }
            }
            return events
        },
        HotLoop(name: "panes", what: "PaneTable: columns to the aggregates of panes") { input in
            var panes = PaneTable(limits: AggregateLimits(), layout: Contract().windows.layout)
            for (batch, hashes) in zip(input.batches, input.hashes) { panes.add(batch.columns, hashes: hashes) }
            return panes.eventCount
        },
        HotLoop(name: "workflows", what: "WorkflowTable: every event to its workflow's state machine") { input in
            var table = WorkflowTable()
            for (batch, hashes) in zip(input.batches, input.hashes) {
                let columns = batch.columns
                for row in 0..<columns.count {
                    _ = table.apply(
                        columns.workflowIDs[row],
                        hash: hashes[row],
                        kind: EventKind(rawValue: columns.kinds[row])!,
                        isRetryable: false,
                        at: columns.times[row],
                        correlationID: columns.correlationIDs[row]
                    )
                }
            }
            return table.count
        },
        HotLoop(name: "cut", what: "FrameCutter: columns to encoded parts for two workers") { input in
            let placement = Placement(shards: 64, workers: [NodeName("worker-1")!, NodeName("worker-2")!])
            return input.batches.reduce(0) { sum, batch in
                FrameCutter.cut(FramePart(columns: batch.columns), by: placement).reduce(sum) { $0 + $1.bytes.count }
            }
        },
        HotLoop(name: "decode", what: "FramePart: encode, decode and check (the encoding is one copy)") { input in
            input.batches.reduce(0) { sum, batch in
                let part = try? FramePart(decoding: FramePart(columns: batch.columns).encoded)
                return sum + (part?.columns.count ?? 0)
            }
        },
    ]
}
