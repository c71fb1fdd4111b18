import WeirCore
import WeirParser

/// The events that the loops run over, in the form that each needs.
struct BenchInput {
    let bytes: [UInt8]
    /// Parsed, in batches of about 256 KiB of lines.
    let batches: [ParsedBatch]
    /// ``UUID128/hash64`` of the workflows, and fingerprints of the events, by batch and row.
    let hashes: [[UInt64]]
    let fingerprints: [[UInt64]]

    static let batchBytes = 256 << 10

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var parser = EventParser()
        let batches = bytes.withUnsafeBytes { raw in
            Self.chunks(raw).map { chunk in
                var batch = ParsedBatch()
                parser.parse(chunk, into: &batch)
                return batch
            }
        }
        let hashes = batches.map { $0.columns.workflowIDs.map(\.hash64) }
        fingerprints = zip(batches, hashes).map { batch, hashes in
            batch.columns.eventIDs.indices.map {
                FingerprintTable.fingerprint(event: batch.columns.eventIDs[$0], workflowHash: hashes[$0])
            }
        }
        self.batches = batches
        self.hashes = hashes
    }

    var lines: Int { batches.reduce(0) { $0 + $1.lines } }
    var events: Int { batches.reduce(0) { $0 + $1.columns.count } }

    /// Cuts lines into chunks of whole lines.
    static func chunks(_ bytes: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
        var chunks: [UnsafeRawBufferPointer] = []
        var start = 0
        while start < bytes.count {
            var end = min(start + batchBytes, bytes.count)
            while end < bytes.count, bytes[end - 1] != 0x0A { end += 1 }
            chunks.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            start = end
        }
        return chunks
    }
}
