import Foundation

/// A linear axis from 0 with round marks.
struct ChartAxis: Sendable, Equatable {
    let top: Double
    let marks: [Double]

    /// - Parameters:
    ///   - largest: value that must fit.
    ///   - count: marks wanted, about.
    init(upTo largest: Double, marks count: Int = 4) {
        guard largest > 0, largest.isFinite else {
            top = 1
            marks = [0, 1]
            return
        }
        let rough = largest / Double(count)
        let power = pow(10, floor(log10(rough)))
        let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
        let steps = Int((largest / step).rounded(.up))
        top = step * Double(steps)
        marks = (0...steps).map { Double($0) * step }
    }
}
