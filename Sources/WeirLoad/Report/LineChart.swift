import Foundation

/// A chart of lines or dots as inline SVG, with its figures as a text and a table for those who can't see it.
struct LineChart {
    struct Line {
        var name: String
        /// In the order of x.
        var points: [(x: Double, y: Double)]
        var isDotted = false
    }

    /// Marks of the x axis; nil for round numbers.
    struct XMarks {
        var top: Double
        var marks: [(x: Double, label: String)]
    }

    var id: String
    var title: String
    /// What x is, with its unit.
    var xName: String
    /// What y is, with its unit.
    var yName: String
    var lines: [Line]
    var xMarks: XMarks?
    /// Heading and text of x in the table.
    var xText: (Double) -> String = { Figure.short($0) }
    var yText: (Double) -> String = { Figure.compact($0) }

    private static let width = 440.0
    private static let height = 250.0
    private static let left = 62.0
    private static let right = 12.0
    private static let top = 14.0
    private static let bottom = 44.0
    /// Rows of the table; a longer series is thinned out.
    private static let rowsMax = 40

    /// - Complexity: O(points).
    var html: String {
        let shown = lines.filter { !$0.points.isEmpty }
        guard !shown.isEmpty else { return "" }
        let yAxis = ChartAxis(upTo: shown.flatMap(\.points).map(\.y).max() ?? 0)
        let xAxis = xMarks ?? roundMarks(shown)
        var svg = """
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-labelledby="\(id)-title \(id)-text">
            <title id="\(id)-title">\(HTMLText.escaped(title))</title>
            <desc id="\(id)-text">\(HTMLText.escaped(alternative(shown)))</desc>

            """
        for mark in yAxis.marks {
            let y = place(y: mark, yAxis.top)
            svg +=
                #"<line class="grid" x1="\#(Self.number(Self.left))" x2="\#(Self.number(Self.width - Self.right))" y1="\#(y)" y2="\#(y)"/>"#
            svg +=
                #"<text class="y" x="\#(Self.number(Self.left - 6))" y="\#(y)" dy="4">\#(HTMLText.escaped(yText(mark)))</text>"#
                + "\n"
        }
        for mark in xAxis.marks {
            let x = place(x: mark.x, xAxis.top)
            svg +=
                #"<text class="x" x="\#(x)" y="\#(Self.number(Self.height - Self.bottom + 18))">\#(HTMLText.escaped(mark.label))</text>"#
                + "\n"
        }
        svg +=
            #"<text class="name" x="\#(Self.number((Self.left + Self.width - Self.right) / 2))" y="\#(Self.number(Self.height - 6))">\#(HTMLText.escaped(xName))</text>"#
            + "\n"
        for (index, line) in shown.enumerated() {
            if line.isDotted {
                for point in line.points {
                    svg +=
                        #"<circle class="dot c\#(index + 1)" cx="\#(place(x: point.x, xAxis.top))" cy="\#(place(y: point.y, yAxis.top))" r="4"/>"#
                }
                svg += "\n"
            } else {
                let points = line.points.map { "\(place(x: $0.x, xAxis.top)),\(place(y: $0.y, yAxis.top))" }
                svg += #"<polyline class="line c\#(index + 1)" points="\#(points.joined(separator: " "))"/>"# + "\n"
            }
        }
        svg += "</svg>"
        return """
            <figure>
            <figcaption>\(HTMLText.escaped(title)) <span class="unit">\(HTMLText.escaped(yName))</span></figcaption>
            \(legend(shown))
            \(svg)
            \(table(shown))
            </figure>

            """
    }

    private func legend(_ shown: [Line]) -> String {
        guard shown.count > 1 else { return "" }
        let items = shown.enumerated().map { index, line in
            #"<li><span class="key c\#(index + 1)"></span>\#(HTMLText.escaped(line.name))</li>"#
        }
        return #"<ul class="legend">"# + items.joined() + "</ul>"
    }

    /// What the lines show, in words.
    private func alternative(_ shown: [Line]) -> String {
        shown.map { line in
            let values = line.points.map(\.y).sorted()
            return
                "\(line.name): lowest \(yText(values[0])), median \(yText(values[values.count / 2])), highest \(yText(values[values.count - 1]))"
        }.joined(separator: ". ") + ". \(yName). The figures are in the table below."
    }

    private func table(_ shown: [Line]) -> String {
        let xs = Set(shown.flatMap { $0.points.map(\.x) }).sorted()
        let step = max(1, (xs.count + Self.rowsMax - 1) / Self.rowsMax)
        let columns = shown.map { Dictionary($0.points.map { ($0.x, $0.y) }, uniquingKeysWith: { $1 }) }
        var rows = ""
        for (index, x) in xs.enumerated() where index % step == 0 || index == xs.count - 1 {
            let cells = columns.map { column in "<td>\(column[x].map { HTMLText.escaped(yText($0)) } ?? "")</td>" }
            rows += "<tr><th scope=\"row\">\(HTMLText.escaped(xText(x)))</th>\(cells.joined())</tr>\n"
        }
        let heads = shown.map { "<th scope=\"col\">\(HTMLText.escaped($0.name))</th>" }.joined()
        return """
            <details><summary>Figures</summary><div class="scroll"><table>
            <thead><tr><th scope="col">\(HTMLText.escaped(xName))</th>\(heads)</tr></thead>
            <tbody>
            \(rows)</tbody></table></div></details>
            """
    }

    // MARK: - Places

    private func roundMarks(_ shown: [Line]) -> XMarks {
        let largest = shown.flatMap(\.points).map(\.x).max() ?? 0
        let axis = ChartAxis(upTo: largest, marks: 5)
        return XMarks(
            top: max(largest, 1e-9),
            marks: axis.marks.filter { $0 <= largest }.map { (x: $0, label: Figure.short($0)) }
        )
    }

    private func place(x: Double, _ top: Double) -> String {
        Self.number(Self.left + x / top * (Self.width - Self.left - Self.right))
    }

    private func place(y: Double, _ top: Double) -> String {
        Self.number(Self.height - Self.bottom - y / top * (Self.height - Self.top - Self.bottom))
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
