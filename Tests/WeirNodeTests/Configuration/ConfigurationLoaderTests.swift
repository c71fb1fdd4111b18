import Foundation
import Testing
import WeirCore

@testable import WeirNode

@Suite("Loading a configuration")
struct ConfigurationLoaderTests {
    /// The directory `config` of the package.
    static let shipped = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../config")
        .standardizedFileURL.path

    @Test("Without a file the defaults are in effect")
    func noFile() throws {
        let loaded = try ConfigurationLoader(environment: [:]).load()
        #expect(loaded.configuration == Configuration())
        #expect(loaded.configuration.node.workers == nil)
        #expect(loaded.configuration.node.shards == 64)
        #expect(loaded.configuration.node.http.listener == .address(host: "127.0.0.1", port: 8063))
        #expect(loaded.warnings.isEmpty)
    }

    @Test("The shipped files say exactly the defaults")
    func shippedFiles() throws {
        let loaded = try ConfigurationLoader(environment: [:]).load(file: Self.shipped + "/weir.yaml")
        #expect(loaded.configuration == Configuration())
    }

    @Test("The shipped files state every key that there is")
    func shippedFilesAreComplete() throws {
        let loaded = try ConfigurationLoader(environment: [:]).load(file: Self.shipped + "/weir.yaml")
        let missing = Setting.all.map(\.name).filter { loaded.origins[$0] == nil }
        #expect(missing == [])
    }

    @Test("A flag overrides a variable, a variable a file, and a file the default")
    func layers() throws {
        var fixture = ConfigurationFixture(node: "node: {shards: 16}")
        #expect(try fixture.load().configuration.node.shards == 16)
        fixture.environment["WEIR_SHARDS"] = "32"
        #expect(try fixture.load().configuration.node.shards == 32)
        fixture.overrides.shards = 128
        let loaded = try fixture.load()
        #expect(loaded.configuration.node.shards == 128)
        #expect(loaded.configuration.node.ingestURL == "tcp://127.0.0.1:7701")
    }

    @Test("Every setting that a variable overrides takes its own written value from it")
    func everyVariable() throws {
        var environment: [String: String] = [:]
        for setting in Setting.all where setting.pathOf == nil {
            guard let variable = setting.variable, let value = setting.write(Configuration()) else { continue }
            #expect(environment[variable] == nil, "\(variable) stands for two settings")
            // Lists are written with commas outside of files.
            environment[variable] = value.trimmingCharacters(in: ["[", "]"]).replacing(", ", with: ",")
        }
        #expect(environment.count >= 38)
        let loaded = try ConfigurationLoader(environment: environment).load()
        #expect(loaded.configuration == Configuration())
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.origins.count == environment.count)
    }

    @Test("Every flag reaches its setting")
    func everyFlag() throws {
        var flags = ConfigurationOverrides()
        flags.dataDirectory = "/var/lib/weir"
        flags.workers = 3
        flags.shards = 8
        flags.ingestURL = "ipc:///run/weir/ingest"
        flags.controlURL = "tls+tcp://[::1]:7700"
        flags.intentsURL = "inproc://intents"
        flags.http = "off"
        flags.logLevel = "debug"
        flags.logFormat = "json"
        flags.windowSizeMilliseconds = 1000
        flags.maxLateness = "2m"
        flags.dedupHorizon = "unlimited"
        let configuration = try ConfigurationLoader(environment: [:]).load(overrides: flags).configuration
        #expect(configuration.node.dataDirectory == "/var/lib/weir")
        #expect(configuration.node.workers == 3)
        #expect(configuration.node.shards == 8)
        #expect(configuration.node.ingestURL == "ipc:///run/weir/ingest")
        #expect(configuration.node.controlURL == "tls+tcp://[::1]:7700")
        #expect(configuration.node.intentsURL == "inproc://intents")
        #expect(configuration.node.http.listener == .off)
        #expect(configuration.node.log.level == .debug)
        #expect(configuration.node.log.format == .json)
        #expect(configuration.contract.windows.layout.paneLength == 1_000_000)
        #expect(configuration.contract.windows.maxLateness == .limited(.seconds(120)))
        #expect(configuration.contract.windows.dedupHorizon == .unlimited)
        #expect(configuration.journalRetention == .unlimited)
    }

    @Test("Variables override the contract, lists with commas and in SPEC's order")
    func contractVariables() throws {
        let environment = [
            "WEIR_WINDOW_SIZE_MS": "1000", "WEIR_WINDOW_TYPES": "daily,streaming", "WEIR_MAX_LATENESS": "unlimited",
            "WEIR_DEDUP_HORIZON": "unlimited", "WEIR_STUCK_AFTER": "90s", "WEIR_IDLE_TIMEOUT_MS": "250",
        ]
        let contract = try ConfigurationFixture(environment: environment).load().configuration.contract
        #expect(contract.windows.types == [.streaming, .daily])
        #expect(contract.windows.maxLateness == .unlimited)
        #expect(contract.windows.dedupHorizon == .unlimited)
        #expect(contract.workflows.stuckAfter == .seconds(90))
        #expect(contract.windows.idleTimeout == .milliseconds(250))
    }

    @Test("An unknown variable is ignored with a warning that names the nearest known one")
    func unknownVariable() throws {
        let environment = ["WEIR_SHARD": "1", "WEIR_PORT": "tcp://10.0.0.1:1", "OTHER": "1", "WEIR_DATA": ""]
        let loaded = try ConfigurationFixture(environment: environment).load()
        #expect(
            loaded.warnings == [
                "environment variable WEIR_PORT is not known and ignored",
                "environment variable WEIR_SHARD is not known and ignored; did you mean WEIR_SHARDS?",
            ]
        )
        #expect(loaded.configuration == Configuration())
    }

    @Test("WEIR_CONFIG and WEIR_CONTRACT name the files, relative to the working directory")
    func fileVariables() throws {
        let files = [
            "a/node.yaml": "contract: no.yaml\nnode: {shards: 2}",
            "b/contract.yaml": "name: other\nparts: {streaming: ../s.yaml}",
            "b/../s.yaml": "batch_size: 7",
        ]
        let environment = ["WEIR_CONFIG": "a/node.yaml", "WEIR_CONTRACT": "b/contract.yaml"]
        let loader = ConfigurationLoader(environment: environment) { path in
            files[path].map { .text($0) } ?? .unreadable("does not exist")
        }
        let configuration = try loader.load().configuration
        #expect(configuration.node.shards == 2)
        #expect(configuration.contract.name == "other")
        #expect(configuration.contract.batches.size == 7)
    }

    @Test("What is rendered reads back as the same configuration and says where each value is from")
    func rendered() throws {
        var fixture = ConfigurationFixture(
            node: "node: {shards: 3, data: \"a \\\"b\\\" #c\"}\nhttp: {listen: \"[::1]:80\"}\njournal: {retention: 7d}",
            environment: ["WEIR_WINDOW_TYPES": "daily", "WEIR_WORKERS": "5"]
        )
        fixture.overrides.maxLateness = "90s"
        let loaded = try fixture.load()
        #expect(loaded.rendered.contains("  shards: 3  # config/weir.yaml:1\n"))
        #expect(loaded.rendered.contains("  workers: 5  # environment variable WEIR_WORKERS\n"))
        #expect(loaded.rendered.contains("\nmax_lateness: 90s  # option --max-lateness\n"))
        #expect(loaded.rendered.contains("  level: info  # default\n"))

        var again = ConfigurationFixture()
        again.files["config/weir.yaml"] = "contract: contract.yaml\n" + loaded.render(.node)
        again.files["config/contract.yaml"] =
            loaded.render(.contract)
                + """
                parts:
                  aggregation: contracts/aggregation.yaml
                  streaming: contracts/streaming.yaml
                  intent_publisher: contracts/intent_publisher.yaml
                  fsm: contracts/fsm.yaml
                """
        for part in [ConfigurationFile.aggregation, .streaming, .intentPublisher, .fsm] {
            again.files["config/" + part.rawValue] = loaded.render(part)
        }
        #expect(try again.load().configuration == loaded.configuration)
    }
}
