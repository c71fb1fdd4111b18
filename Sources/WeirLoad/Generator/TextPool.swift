/// Texts by number, one after the other in memory.
struct TextPool: Sendable {
    private var bytes: [UInt8] = []
    private var starts: [Int] = [0]

    init(_ texts: [String]) {
        for text in texts {
            bytes += Array(text.utf8)
            starts.append(bytes.count)
        }
    }

    var count: Int { starts.count - 1 }

    @inline(__always)
    func write(_ index: Int, into buffer: inout LineBuffer) {
        bytes.withUnsafeBytes { bytes in
            buffer.put(UnsafeRawBufferPointer(rebasing: bytes[starts[index]..<starts[index &+ 1]]))
        }
    }
}
