// The binary form of aggregates: canonical, so that equal aggregates are equal bytes. Limits are not part of it; both sides have
// them from the contract.

extension ExactSum {
    func encode(into writer: inout ByteWriter) {
        writer.fixed(units)
        writer.signed(overflows)
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        units = try reader.fixed()
        overflows = try reader.signed()
    }
}

extension DDSketch {
    func encode(into writer: inout ByteWriter) {
        writer.count(count)
        writer.count(zeros)
        writer.count(counts.isEmpty ? 0 : first)
        writer.count(counts.count)
        for count in counts { writer.count(count) }
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        count = try reader.tally()
        zeros = try reader.tally()
        first = try reader.number()
        let buckets = try reader.count()
        guard first <= Self.bucketsMax, buckets <= Self.bucketsMax, first + buckets <= Self.bucketsMax else {
            throw .invalid("sketch buckets \(first)+\(buckets) are outside the range")
        }
        counts.reserveCapacity(buckets)
        var total = zeros
        for _ in 0..<buckets {
            let bucket = try reader.tally()
            counts.append(bucket)
            let (sum, overflow) = total.addingReportingOverflow(bucket)
            if overflow { throw .invalid("sketch counts overflow") }
            total = sum
        }
        guard total == count else { throw .invalid("sketch counts add up to \(total), not \(count)") }
    }
}

extension Distribution {
    func encode(into writer: inout ByteWriter) {
        if let sketch {
            writer.byte(1)
            sketch.encode(into: &writer)
        } else {
            writer.byte(0)
            writer.count(values.count)
            writer.column(writer.isCanonical ? values.sorted() : values)
        }
    }

    init(decoding reader: inout ByteReader, limit: Int) throws(DecodingFailure) {
        self.init(limit: limit)
        if try reader.flag() {
            sketch = try DDSketch(decoding: &reader)
        } else {
            let count = try reader.count(each: 8)
            guard count <= limit else { throw .invalid("\(count) exact values exceed the limit of \(limit)") }
            values = try reader.column(count)
            guard values.allSatisfy({ $0 >= 0 && $0 < EventLimits.magnitudeBelow }) else {
                throw .invalid("a duration is out of range")
            }
        }
    }
}

extension DistinctCounter {
    func encode(into writer: inout ByteWriter) {
        if let sketch {
            writer.byte(1)
            writer.column(sketch.registers)
        } else {
            writer.byte(0)
            writer.count(ids.count)
            if writer.isCanonical {
                for id in ids.sorted() { writer.uuid(id) }
            } else {
                ids.forEach { writer.uuid($0) }
            }
        }
    }

    init(decoding reader: inout ByteReader, limit: Int) throws(DecodingFailure) {
        self.init(limit: limit)
        if try reader.flag() {
            var registers = HyperLogLog()
            registers.registers = try reader.column(HyperLogLog.registerCount)
            guard registers.registers.allSatisfy({ $0 <= 64 - HyperLogLog.indexBits + 1 }) else {
                throw .invalid("a HyperLogLog register is out of range")
            }
            sketch = registers
        } else {
            let count = try reader.count(each: 16)
            guard count <= limit else { throw .invalid("\(count) exact ids exceed the limit of \(limit)") }
            ids = IDSet(capacity: count)
            for _ in 0..<count {
                let id = try reader.uuid()
                add(id, hash: id.hash64)
            }
        }
    }
}

extension TopWorkflows {
    func encode(into writer: inout ByteWriter) {
        writer.count(ranked.count)
        for workflow in ranked {
            writer.uuid(workflow.workflowID)
            writer.uuid(workflow.eventID)
            writer.double(workflow.duration)
            writer.fixed(workflow.tokens)
            writer.double(workflow.cost)
        }
    }

    mutating func decode(_ reader: inout ByteReader) throws(DecodingFailure) {
        let count = try reader.count(each: 56)
        guard count <= limit else { throw .invalid("\(count) top workflows exceed the limit of \(limit)") }
        for _ in 0..<count {
            add(
                RankedWorkflow(
                    workflowID: try reader.uuid(),
                    eventID: try reader.uuid(),
                    duration: try reader.double(),
                    tokens: try reader.fixed(),
                    cost: try reader.double()
                )
            )
        }
    }
}

/// A group aggregate with a binary form.
protocol EncodableGroupAggregate: GroupAggregate {
    func encode(into writer: inout ByteWriter)
    init(decoding reader: inout ByteReader, limits: AggregateLimits) throws(DecodingFailure)
}

extension StageAggregate: EncodableGroupAggregate {
    func encode(into writer: inout ByteWriter) {
        writer.count(completed)
        writer.count(failed)
        duration.encode(into: &writer)
        durations.encode(into: &writer)
        workflows.encode(into: &writer)
    }

    init(decoding reader: inout ByteReader, limits: AggregateLimits) throws(DecodingFailure) {
        completed = try reader.tally()
        failed = try reader.tally()
        duration = try ExactSum(decoding: &reader)
        durations = try Distribution(decoding: &reader, limit: limits.exactQuantileValues)
        workflows = try DistinctCounter(decoding: &reader, limit: limits.exactDistinctValues)
    }
}

extension ModelAggregate: EncodableGroupAggregate {
    func encode(into writer: inout ByteWriter) {
        writer.count(generations)
        duration.encode(into: &writer)
        quality.encode(into: &writer)
        writer.fixed(tokens)
        cost.encode(into: &writer)
    }

    init(decoding reader: inout ByteReader, limits: AggregateLimits) throws(DecodingFailure) {
        generations = try reader.tally()
        duration = try ExactSum(decoding: &reader)
        quality = try ExactSum(decoding: &reader)
        tokens = try reader.fixed()
        cost = try ExactSum(decoding: &reader)
    }
}

extension NodeTypeAggregate: EncodableGroupAggregate {
    func encode(into writer: inout ByteWriter) {
        writer.count(generations)
        duration.encode(into: &writer)
        quality.encode(into: &writer)
    }

    init(decoding reader: inout ByteReader, limits: AggregateLimits) throws(DecodingFailure) {
        generations = try reader.tally()
        duration = try ExactSum(decoding: &reader)
        quality = try ExactSum(decoding: &reader)
    }
}

extension FailureCount: EncodableGroupAggregate {
    func encode(into writer: inout ByteWriter) {
        writer.count(failures)
    }

    init(decoding reader: inout ByteReader, limits: AggregateLimits) throws(DecodingFailure) {
        failures = try reader.tally()
    }
}

extension BucketAggregate: EncodableGroupAggregate {
    func encode(into writer: inout ByteWriter) {
        writer.count(generations)
        duration.encode(into: &writer)
        quality.encode(into: &writer)
        cost.encode(into: &writer)
    }

    init(decoding reader: inout ByteReader, limits: AggregateLimits) throws(DecodingFailure) {
        generations = try reader.tally()
        duration = try ExactSum(decoding: &reader)
        quality = try ExactSum(decoding: &reader)
        cost = try ExactSum(decoding: &reader)
    }
}

extension GroupTable where Value: EncodableGroupAggregate {
    func encode(into writer: inout ByteWriter) {
        var pruned = self
        pruned.prune()
        writer.count(pruned.entries.count)
        for entry in pruned.entries.sorted(by: Self.precedes) {
            writer.text(entry.key)
            entry.value.encode(into: &writer)
        }
        writer.flag(pruned.other != nil)
        pruned.other?.encode(into: &writer)
    }

    mutating func decode(_ reader: inout ByteReader, limits: AggregateLimits) throws(DecodingFailure) {
        let count = try reader.count(each: 2)
        guard count <= limit else { throw .invalid("\(count) groups exceed the limit of \(limit)") }
        for _ in 0..<count {
            let key = try reader.text()
            let value = try Value(decoding: &reader, limits: limits)
            let position = position(of: key, hash: XXHash64.hash(key))
            update(at: position) { $0.merge(value) }
        }
        if try reader.flag() { other = try Value(decoding: &reader, limits: limits) }
    }
}

extension WindowAggregate {
    /// The version of this form.
    private static let formatVersion: UInt8 = 1

    /// The canonical binary form. O(size of the state).
    public func encode(into writer: inout ByteWriter) {
        writer.byte(Self.formatVersion)
        for count in [
            started, stageCompleted, completed, failed, coverageCount, complexityCount, intelligenceEnabled, patterns,
        ] { writer.count(count) }
        workflows.encode(into: &writer)
        for sum in [duration, quality, coverage, complexity, cost] { sum.encode(into: &writer) }
        writer.double(durationMin)
        writer.double(durationMax)
        writer.fixed(tokens)
        durations.encode(into: &writer)
        topByCost.encode(into: &writer)
        topByDuration.encode(into: &writer)
        for bucket in qualityBuckets { bucket.encode(into: &writer) }
        for bucket in costBuckets { bucket.encode(into: &writer) }
        stages.encode(into: &writer)
        models.encode(into: &writer)
        nodeTypes.encode(into: &writer)
        errorCodes.encode(into: &writer)
    }

    /// Reads the binary form of an aggregate that was made with the same limits.
    public init(decoding reader: inout ByteReader, limits: AggregateLimits) throws(DecodingFailure) {
        self.init(limits: limits)
        let version = try reader.byte()
        guard version == Self.formatVersion else {
            throw .version(found: Int(version), supported: Int(Self.formatVersion))
        }
        started = try reader.tally()
        stageCompleted = try reader.tally()
        completed = try reader.tally()
        failed = try reader.tally()
        coverageCount = try reader.tally()
        complexityCount = try reader.tally()
        intelligenceEnabled = try reader.tally()
        patterns = try reader.tally()
        workflows = try DistinctCounter(decoding: &reader, limit: limits.exactDistinctValues)
        duration = try ExactSum(decoding: &reader)
        quality = try ExactSum(decoding: &reader)
        coverage = try ExactSum(decoding: &reader)
        complexity = try ExactSum(decoding: &reader)
        cost = try ExactSum(decoding: &reader)
        durationMin = try reader.double()
        durationMax = try reader.double()
        tokens = try reader.fixed()
        durations = try Distribution(decoding: &reader, limit: limits.exactQuantileValues)
        try topByCost.decode(&reader)
        try topByDuration.decode(&reader)
        for bucket in qualityBuckets.indices {
            qualityBuckets[bucket] = try BucketAggregate(decoding: &reader, limits: limits)
        }
        for bucket in costBuckets.indices {
            costBuckets[bucket] = try BucketAggregate(decoding: &reader, limits: limits)
        }
        try stages.decode(&reader, limits: limits)
        try models.decode(&reader, limits: limits)
        try nodeTypes.decode(&reader, limits: limits)
        try errorCodes.decode(&reader, limits: limits)
    }

    /// The canonical binary form.
    public var encoded: [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// The binary form for a reader that merges it: as ``encoded``, but sets are in any order.
    public var encodedForMerging: [UInt8] {
        var writer = ByteWriter(isCanonical: false)
        encode(into: &writer)
        return writer.bytes
    }

    /// Reads what ``encoded`` or ``encodedForMerging`` gave; the bytes must hold nothing else.
    public init(decoding bytes: [UInt8], limits: AggregateLimits) throws(DecodingFailure) {
        let result: Result<WindowAggregate, DecodingFailure> = bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            do throws(DecodingFailure) {
                let aggregate = try WindowAggregate(decoding: &reader, limits: limits)
                guard reader.isAtEnd else { return .failure(.invalid("\(reader.remaining) bytes after an aggregate")) }
                return .success(aggregate)
            } catch { return .failure(error) }
        }
        self = try result.get()
    }
}
