import Foundation

/// Numbers as people read them.
public enum Figure {
    /// Three or four significant digits; thousands in groups above 10,000.
    public static func short(_ value: Double) -> String {
        let magnitude = value.magnitude
        if !value.isFinite { return "–" }
        if magnitude >= 10_000 { return grouped(Int(value.rounded())) }
        if magnitude >= 100 || value == value.rounded() { return String(format: "%.0f", value) }
        if magnitude >= 10 { return String(format: "%.1f", value) }
        if magnitude >= 1 { return String(format: "%.2f", value) }
        return String(format: "%.3f", value)
    }

    /// 1234567 as 1,234,567.
    public static func grouped(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// 1,234,567 as 1.23 M.
    public static func compact(_ value: Double) -> String {
        switch value.magnitude {
        case 1e9...: String(format: "%.2f G", value / 1e9)
        case 1e6...: String(format: "%.2f M", value / 1e6)
        case 1e4...: String(format: "%.1f k", value / 1e3)
        case 1e3...: String(format: "%.2f k", value / 1e3)
        default: String(format: value.magnitude >= 100 || value == value.rounded() ? "%.0f" : "%.1f", value)
        }
    }

    public static func milliseconds(_ value: Double) -> String {
        value >= 10_000 ? String(format: "%.1f s", value / 1000) : short(value) + " ms"
    }

    public static func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
}
