@testable import WeirNode

/// Files in memory, and what a loader makes of them.
struct ConfigurationFixture {
    var files: [String: String] = [:]
    var environment: [String: String] = [:]
    var overrides = ConfigurationOverrides()

    /// A node's file alone.
    init(node: String = "", environment: [String: String] = [:]) {
        files["config/weir.yaml"] = node
        self.environment = environment
    }

    /// A node's file whose contract has one part, with the text given.
    init(_ part: ConfigurationFile, _ text: String) {
        let key = part.rawValue.split(separator: "/").last?.split(separator: ".").first ?? ""
        files["config/weir.yaml"] = "contract: contract.yaml"
        files["config/contract.yaml"] = "parts:\n  \(key): \(part.rawValue)"
        files["config/" + part.rawValue] = text
    }

    func load() throws(ConfigurationError) -> LoadedConfiguration {
        let files = files
        let loader = ConfigurationLoader(environment: environment) { path in
            files[path].map { .text($0) } ?? .unreadable("does not exist")
        }
        return try loader.load(file: "config/weir.yaml", overrides: overrides)
    }

    /// The problems as an operator reads them; empty when the configuration can be used.
    var problems: [String] {
        do throws(ConfigurationError) {
            _ = try load()
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }
}
