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
        let weights = RendezvousWeights(names)
        self.init(workers: names, owners: names.isEmpty ? [] : (0..<shards).map { weights.heaviest(of: $0)! })
    }

    /// The placement that follows a change of membership: shards stay where they are, unless their owner is gone or a worker came that
    /// rendezvous hashing prefers. The same as ``init(shards:workers:)`` where nothing but membership has ever placed shards.
    /// O(shards × workers).
    public init(shards: Int, workers: [NodeName], after current: Placement) {
        let names = workers.sorted()
        guard !names.isEmpty, current.shards == shards else {
            self.init(shards: shards, workers: workers)
            return
        }
        let weights = RendezvousWeights(names)
        let arrived = Set(names).subtracting(current.workers)
        self.init(
            workers: names,
            owners: (0..<shards).map { shard in
                let preferred = weights.heaviest(of: shard)!
                if arrived.contains(names[preferred]) { return preferred }
                return names.firstIndex(of: current.workers[current.owners[shard]]) ?? preferred
            }
        )
    }

    /// Rendezvous hashing with bounded load: no worker owns more than ⌈shards / workers⌉; a shard whose preferred worker is full goes
    /// to the next in its order of preference. O(shards × workers).
    ///
    /// Source: V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent hashing with bounded loads", SODA 2018.
    public static func bounded(shards: Int, workers: [NodeName]) -> Placement {
        let names = workers.sorted()
        guard !names.isEmpty else { return Placement(shards: shards, workers: []) }
        let weights = RendezvousWeights(names)
        let bound = (shards + names.count - 1) / names.count
        var load = [Int](repeating: 0, count: names.count)
        let owners = (0..<shards).map { shard in
            // There is always one: the bounds sum up to the shards at least.
            let owner = weights.heaviest(of: shard) { load[$0] < bound }!
            load[owner] += 1
            return owner
        }
        return Placement(workers: names, owners: owners)
    }

    /// As stored: the owners by index of the worker.
    ///
    /// - Precondition: workers ascend, and owners are indices into them.
    public init(workers: [NodeName], owners: [Int]) {
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

/// The order in which each shard prefers workers.
private struct RendezvousWeights {
    private let hashes: [UInt64]

    init(_ workers: [NodeName]) {
        hashes = workers.map { XXHash64.hash($0.text) }
    }

    /// The index of the worker that a shard prefers among those that are eligible.
    func heaviest(of shard: Int, where isEligible: (Int) -> Bool = { _ in true }) -> Int? {
        hashes.indices.lazy.filter(isEligible).max {
            XXHash64.hash(hashes[$0], UInt64(shard)) < XXHash64.hash(hashes[$1], UInt64(shard))
        }
    }
}

extension Placement {
    /// A shard that another worker owns in the placement that follows.
    public struct Move: Sendable, Equatable {
        public var shard: ShardID
        /// Nil when nobody owned it.
        public var from: NodeName?
        public var to: NodeName
    }

    /// What moves on the way to another placement of as many shards. O(shards).
    public func moves(to next: Placement) -> [Move] {
        next.owners.indices.compactMap { shard in
            let from = owners.isEmpty ? nil : workers[owners[shard]]
            let to = next.workers[next.owners[shard]]
            return from == to ? nil : Move(shard: ShardID(shard), from: from, to: to)
        }
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
