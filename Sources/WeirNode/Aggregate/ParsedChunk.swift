import WeirCore
import WeirParser

/// A parsed chunk of the input with the hashes of its rows. Used again in every round, so that its columns need not grow anew. By one
/// thread at a time.
final class ParsedChunk {
    private(set) var batch = ParsedBatch()
    /// ``UUID128/hash64`` of the workflow, by row.
    private(set) var hashes: [UInt64] = []
    /// ``FingerprintTable/fingerprint(event:workflowHash:)``, by row.
    private(set) var fingerprints: [UInt64] = []

    func parse(_ bytes: UnsafeRawBufferPointer, by parser: inout EventParser) {
        batch.removeAllKeepingRoom()
        parser.parse(bytes, into: &batch)
        let columns = batch.columns
        hashes = columns.workflowIDs.map(\.hash64)
        fingerprints = (0..<columns.count).map { [hashes] row in
            FingerprintTable.fingerprint(event: columns.eventIDs[row], workflowHash: hashes[row])
        }
    }
}
