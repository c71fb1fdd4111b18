import ArgumentParser

/// A place in a topic: `PARTITION:OFFSET`.
struct PartitionOffset: ExpressibleByArgument {
    let partition: Int32
    /// ≥ 0.
    let offset: Int64

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Int32(parts[0]), let offset = Int64(parts[1]), partition >= 0,
            offset >= 0
        else { return nil }
        self.partition = partition
        self.offset = offset
    }

    /// - Parameter offsets: of different partitions.
    static func byPartition(_ offsets: [PartitionOffset]) -> [Int32: Int64] {
        Dictionary(uniqueKeysWithValues: offsets.map { ($0.partition, $0.offset) })
    }
}
