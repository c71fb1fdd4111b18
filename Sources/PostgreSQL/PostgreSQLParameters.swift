/// Parameters of a statement in PostgreSQL's binary format. Their types are the server's to infer: text goes as well into `bytea`.
struct PostgreSQLParameters {
    private var bytes: [UInt8] = []
    private var ranges: [Range<Int>?] = []

    init(_ values: [SQLValue]) {
        for value in values {
            let start = bytes.count
            switch value {
            case .null:
                ranges.append(nil)
                continue
            case .integer(let value): append(bigEndian: UInt64(bitPattern: value))
            case .real(let value): append(bigEndian: value.bitPattern)
            case .text(let value): bytes += value.utf8
            case .bytes(let value): bytes += value
            }
            ranges.append(start..<bytes.count)
        }
        bytes.append(0)  // So that an empty value has an address too: null means NULL.
    }

    private mutating func append(bigEndian value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
    }

    /// Count, values, lengths and formats, as libpq takes them.
    func withPointers<Value>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Value
    ) -> Value {
        bytes.withUnsafeBytes { all in
            let base = all.bindMemory(to: CChar.self).baseAddress
            let values = ranges.map { range in range.flatMap { range in base.map { $0 + range.lowerBound } } }
            let lengths = ranges.map { Int32($0?.count ?? 0) }
            let formats = [Int32](repeating: 1, count: ranges.count)
            return body(Int32(ranges.count), values, lengths, formats)
        }
    }
}
