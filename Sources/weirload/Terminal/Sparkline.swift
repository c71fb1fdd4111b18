/// A row of bars for the last values.
enum Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// - Parameter width: values at most, the last ones.
    static func text(_ values: [Double], width: Int) -> String {
        let shown = values.suffix(width)
        let top = shown.max() ?? 0
        return String(
            shown.map { value in
                top <= 0 ? bars[0] : bars[min(bars.count - 1, Int(value / top * Double(bars.count - 1) + 0.5))]
            }
        )
    }
}
