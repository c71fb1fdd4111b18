import WeirCore

/// Which worker owns which shard.
public struct Placement: Sendable, Hashable {
    /// Names of the workers, ascending.
    public let workers: [NodeName]
    /// Index into `workers` by shard; empty when there is no worker.
    public let owners: [Int]
    /// Equal for equal placements: the hash of names and owners. Frames carry it, so that a frame whose parts were cut for this
    /// placement can be sent on as it is.
    public let fingerprint: UInt64

    public var shards: Int { owners.count }

    /// Rendezvous hashing: a shard goes to the worker with the highest hash of both, so a change of membership moves only the
    /// shards of the worker that came or went. O(shards × workers).
    ///
    /// Source: D. Thaler, C. Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM ToN 1998.
    public init(shards: Int, workers: [NodeName]) {
        let names = workers.sorted()
        let hashes = names.map { XXHash64.hash($0.text) }
        self.init(
            workers: names,
            owners: names.isEmpty
                ? []
                : (0..<shards).map { shard in
                    names.indices.max {
                        XXHash64.hash(hashes[$0], UInt64(shard)) < XXHash64.hash(hashes[$1], UInt64(shard))
                    }!
                }
        )
    }

    init(workers: [NodeName], owners: [Int]) {
        self.workers = workers
        self.owners = owners
        var writer = ByteWriter()
        for worker in workers { writer.name(worker) }
        for owner in owners { writer.count(owner) }
        fingerprint = writer.bytes.withUnsafeBytes { XXHash64.hash($0) }
    }

    /// The shards of a worker, ascending.
    public func shards(of worker: NodeName) -> [ShardID] {
        guard let index = workers.firstIndex(of: worker) else { return [] }
        return owners.indices.filter { owners[$0] == index }.map { ShardID($0) }
    }
}

extension Placement {
    func encode(into writer: inout ByteWriter) {
        writer.count(workers.count)
        for worker in workers { writer.name(worker) }
        writer.count(owners.count)
        for owner in owners { writer.count(owner) }
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        var workers: [NodeName] = []
        for _ in 0..<(try reader.count(each: 2)) { workers.append(try reader.name()) }
        var owners: [Int] = []
        for _ in 0..<(try reader.count()) {
            let owner = try reader.number()
            guard owner < workers.count else { throw .invalid("shard owner \(owner) of \(workers.count) workers") }
            owners.append(owner)
        }
        self.init(workers: workers, owners: owners)
    }
}
