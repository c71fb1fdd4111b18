/// Texts with how often each is drawn, to a 4096th.
struct WeightedTexts: Sendable {
    private let pool: TextPool
    private let choices: [UInt16]

    private static let resolution = 4096

    /// - Parameter texts: 1…65,536, with weights that are not all 0.
    init(_ texts: [(text: String, weight: Double)]) {
        let total = texts.reduce(0) { $0 + $1.weight }
        precondition(total > 0, "a choice needs a weight above 0")
        pool = TextPool(texts.map(\.text))
        var choices: [UInt16] = []
        var sum = 0.0
        for (index, entry) in texts.enumerated() {
            sum += entry.weight
            let end =
                index == texts.count - 1 ? Self.resolution : Int((sum / total * Double(Self.resolution)).rounded())
            while choices.count < end { choices.append(UInt16(index)) }
        }
        self.choices = choices
    }

    /// An index, by twelve bits of a draw.
    @inline(__always)
    func draw(_ bits: UInt64) -> Int { Int(choices[Int(truncatingIfNeeded: bits) & (Self.resolution &- 1)]) }

    @inline(__always)
    func write(_ index: Int, into buffer: inout LineBuffer) { pool.write(index, into: &buffer) }
}
