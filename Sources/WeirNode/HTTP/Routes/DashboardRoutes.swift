import HTTPTypes

/// The dashboard: one page with its style and scripts, part of the program.
struct DashboardRoutes {
    /// A file of the page.
    private struct Asset {
        var name: String
        var contentType: String
        var bytes: [UInt8]
    }

    private static let assets = [
        Asset(name: "dashboard.css", contentType: "text/css; charset=utf-8", bytes: PackageResources.dashboard_css),
        Asset(name: "main.js", contentType: script, bytes: PackageResources.main_js),
        Asset(name: "chart.js", contentType: script, bytes: PackageResources.chart_js),
        Asset(name: "elements.js", contentType: script, bytes: PackageResources.elements_js),
        Asset(name: "format.js", contentType: script, bytes: PackageResources.format_js),
    ]

    private static let script = "text/javascript; charset=utf-8"

    /// Nothing from elsewhere, nothing inline, no frame around it: what events hold can't become code.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'"

    var routes: [APIRoute] {
        let page = Asset(
            name: "",
            contentType: "text/html; charset=utf-8",
            bytes: PackageResources.dashboard_html
        )
        return [Self.route(page, path: "/", id: "getDashboard", summary: "The dashboard, for browsers")]
            + Self.assets.map { asset in
                let name = asset.name.split(separator: ".").map(\.capitalized).joined()
                return Self.route(
                    asset,
                    path: APIPath(stringLiteral: "/dashboard/\(asset.name)"),
                    id: "getDashboard\(name)",
                    summary: "A part of the dashboard"
                )
            }
    }

    private static func route(_ asset: Asset, path: APIPath, id: String, summary: String) -> APIRoute {
        APIRoute(
            method: .get,
            path: path,
            id: id,
            group: "dashboard",
            summary: summary,
            answers: [.init(summary: "The file", contentType: asset.contentType, schema: .text)],
            access: .open,
            isMetered: false,
            handle: { _ throws(Problem) in
                var response = APIResponse(contentType: asset.contentType, body: .bytes(asset.bytes))
                response.headers[HTTPField.Name("Content-Security-Policy")!] = policy
                response.headers[HTTPField.Name("Referrer-Policy")!] = "no-referrer"
                return response
            }
        )
    }
}
