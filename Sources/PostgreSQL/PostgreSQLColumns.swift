import CPostgreSQL

/// The columns of an answer in binary format: their names, and how their values are read.
struct PostgreSQLColumns {
    private let names: [String]
    private let types: [Oid]

    init(of result: OpaquePointer) {
        let all = 0..<PQnfields(result)
        names = all.map { String(cString: PQfname(result, $0)) }
        types = all.map { PQftype(result, $0) }
    }

    /// The first row of a result with these columns.
    func row(of result: OpaquePointer) -> SQLRow {
        SQLRow(names: names, values: types.indices.map { value(of: result, $0) })
    }

    private func value(of result: OpaquePointer, _ column: Int) -> SQLValue {
        let number = Int32(column)
        guard PQgetisnull(result, 0, number) == 0, let start = PQgetvalue(result, 0, number) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, 0, number)))
        // The codes are those of the catalogue pg_type, which never change.
        switch types[column] {
        case 16: return .integer(bytes[0] == 0 ? 0 : 1)  // bool
        case 20: return .integer(Int64(truncatingIfNeeded: bits(bytes)))  // int8
        case 21: return .integer(Int64(Int16(truncatingIfNeeded: bits(bytes))))  // int2
        case 23: return .integer(Int64(Int32(truncatingIfNeeded: bits(bytes))))  // int4
        case 701: return .real(Double(bitPattern: bits(bytes)))  // float8
        case 17: return .bytes(Array(bytes))  // bytea
        default: return .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    private func bits(_ bytes: UnsafeRawBufferPointer) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
