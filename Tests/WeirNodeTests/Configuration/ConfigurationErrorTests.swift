import Testing

@testable import WeirNode

@Suite("What is wrong with a configuration")
struct ConfigurationErrorTests {
    /// A wrong text of a file, and what the operator is told.
    struct Case: Sendable, CustomTestStringConvertible {
        var file: ConfigurationFile
        var text: String
        var message: String

        init(_ file: ConfigurationFile, _ text: String, _ message: String) {
            self.file = file
            self.text = text
            self.message = message
        }

        var testDescription: String { message }
    }

    static let values: [Case] = [
        Case(.node, "node:\n  data: [a]", "2: node.data: [a] is not allowed; it must be the path of a directory"),
        Case(
            .node,
            "node:\n  workers: 0",
            "2: node.workers: 0 is not allowed; it must be a whole number from 1 to 1,024, or auto for one a core"
        ),
        Case(
            .node,
            "\nnode:\n  shards: 65537",
            "3: node.shards: 65537 is not allowed; it must be a whole number from 1 to 65,536"
        ),
        Case(
            .node,
            "node:\n  shards: \"64\"",
            "2: node.shards: the text \"64\" is not allowed; it must be a whole number from 1 to 65,536"
        ),
        Case(
            .node,
            "node:\n  shards:",
            "2: node.shards: no value is not allowed; it must be a whole number from 1 to 65,536"
        ),
        Case(
            .node,
            "node:\n  ingest_url: http://a:1",
            "2: node.ingest_url: http://a:1 is not allowed; it must be an nng URL: tcp://HOST:PORT, tls+tcp://HOST:PORT, "
                + "ipc:///PATH or inproc://NAME"
        ),
        Case(
            .node,
            "ingest:\n  request_bytes_max: 16MB",
            "2: ingest.request_bytes_max: 16MB is not allowed; it must be a size from 64KiB to 1GiB: a number of bytes, "
                + "or of KiB, MiB or GiB such as 16MiB"
        ),
        Case(
            .node,
            "worker:\n  commit_interval_ms: 200ms",
            "2: worker.commit_interval_ms: 200ms is not allowed; it must be a whole number of milliseconds from 10 to 10,000"
        ),
        Case(
            .node,
            "http:\n  listen: 8063",
            "2: http.listen: 8063 is not allowed; it must be HOST:PORT such as 127.0.0.1:8063, or off"
        ),
        Case(
            .node,
            "log:\n  level: verbose",
            "2: log.level: verbose is not allowed; it must be one of trace, debug, info, notice, warning, error, critical"
        ),
        Case(
            .node,
            "journal:\n  retention: 300",
            "2: journal.retention: 300 is not allowed; it must be a duration from 1ms to 3650d: a whole number and "
                + "ms, s, m, h or d, such as 300s or 5m, or unlimited, or auto for the dedup horizon"
        ),
        Case(
            .node,
            "log: info",
            "1: log: info is not allowed; it must be a group of keys: level, format"
        ),
        Case(
            .streaming,
            "# length\nwindow_size_ms: 7000",
            "2: window_size_ms: 7000 is not allowed; it must be a whole number of milliseconds that divides an hour "
                + "(3,600,000 ms), such as 1000, 5000 or 60000"
        ),
        Case(
            .streaming,
            "window_types: [streaming, yearly]",
            "1: window_types: [streaming, yearly] is not allowed; it must be a list of one or more of streaming, hourly, "
                + "daily, weekly, monthly, each at most once"
        ),
        Case(
            .streaming,
            "max_lateness: -5m",
            "1: max_lateness: -5m is not allowed; it must be a duration from 1ms to 3650d: a whole number and ms, s, m, h "
                + "or d, such as 300s or 5m, or unlimited"
        ),
        Case(
            .streaming,
            "topics:\n  CODEGEN_FAILED: a b",
            "2: topics.CODEGEN_FAILED: a b is not allowed; it must be the name of a topic: 1 to 249 letters, digits, dots, "
                + "hyphens or underscores"
        ),
        Case(
            .aggregation,
            "quality_score_edges: [0, 0.5, 0.5]",
            "1: quality_score_edges: [0, 0.5, 0.5] is not allowed; it must be a list of 1 to 64 scores in ascending order, "
                + "the first 0 and none above 1"
        ),
        Case(
            .aggregation,
            "cost_edges_usd: [0.1, 0.5]",
            "1: cost_edges_usd: [0.1, 0.5] is not allowed; it must be a list of 1 to 64 costs in US dollars in ascending "
                + "order, the first 0 and none above 1000000"
        ),
        Case(
            .aggregation,
            "strategies:\n  - type: time_window\n    functions: [sum]\n  - type: cost_buckets\n    functions: [p95]",
            "5: strategies[1].functions: [p95] is not allowed; it must be a list of one or more of count, avg, which Weir "
                + "computes for cost_buckets, each at most once"
        ),
        Case(
            .aggregation,
            "strategies:\n  - type: phase\n    functions: [sum]",
            "2: strategies[0].type: phase is not allowed; it must be one of time_window, stage_grouping, "
                + "workflow_grouping, quality_score_buckets, cost_buckets"
        ),
        Case(
            .aggregation,
            "strategies:\n  - {type: time_window, functions: [sum]}\n  - {type: time_window, functions: [avg]}",
            "3: strategies[1].type: time_window is given twice; each type must be given at most once"
        ),
        Case(
            .aggregation,
            "strategies:\n  - {type: time_window}",
            "2: strategies[0]: the key functions is missing; it must be given"
        ),
        Case(
            .intentPublisher,
            "alert_priority: 11",
            "1: alert_priority: 11 is not allowed; it must be a whole number from 1 to 10"
        ),
        Case(
            .intentPublisher,
            "retry_policy:\n  backoff_multiplier: nan",
            "2: retry_policy.backoff_multiplier: nan is not allowed; it must be a number from 1 to 100"
        ),
        Case(
            .contract,
            "version: 1.0",
            "1: version: 1.0 is not allowed; it must be a semantic version such as 1.0.0"
        ),
        Case(
            .fsm,
            "workflow:\n  states: [pending, done]",
            "2: workflow.states: [pending, done] is not allowed; it must be [pending, processing, completed, failed], which "
                + "are built in"
        ),
        Case(
            .fsm,
            "window:\n  initial: processing",
            "2: window.initial: processing is not allowed; it must be pending, which is built in"
        ),
        Case(
            .fsm,
            "workflow:\n  transitions:\n    - {from: completed, to: pending, causes: [CODEGEN_STARTED]}",
            "3: workflow.transitions[0]: completed → pending is not what Weir does; it must be one of pending → processing, "
                + "processing → completed, processing → failed, failed → processing"
        ),
        Case(
            .fsm,
            "window:\n  transitions:\n    - {from: pending, to: processing, causes: [flush]}",
            "3: window.transitions[0]: pending → processing with the causes [flush] is not what Weir does; it must be "
                + "{from: pending, to: processing, causes: [flush, watermark]}"
        ),
        Case(
            .fsm,
            "workflow:\n  stuck_after: unlimited",
            "2: workflow.stuck_after: unlimited is not allowed; it must be a duration from 1s to 365d: a whole number and "
                + "ms, s, m, h or d, such as 300s or 5m"
        ),
    ]

    @Test("A wrong value is reported with file, line, key and what is allowed", arguments: values)
    func wrongValue(_ wrong: Case) {
        #expect(Self.problems(wrong) == ["config/\(wrong.file.rawValue):\(wrong.message)"])
    }

    @Test("Transitions that are left out are reported, each with what must stand there")
    func missingTransitions() {
        let problems = ConfigurationFixture(.fsm, "workflow:\n  transitions: []").problems
        #expect(problems.count == 4)
        #expect(
            problems.first?.hasPrefix(
                "config/contracts/fsm.yaml:2: workflow.transitions: pending → processing is missing, and built in; "
            ) == true
        )
    }

    static let unknownKeys: [Case] = [
        Case(
            .node,
            "nod:\n  shards: 1",
            "1: nod: the key is not known; did you mean node? known here: contract, node, "
        ),
        Case(
            .node,
            "log:\n  levle: info",
            "2: log.levle: the key is not known; did you mean log.level? known here: level, format"
        ),
        Case(
            .node,
            "shards: 1",
            "1: shards: the key is not known here; it belongs at node.shards in weir.yaml; known here: contract, "
        ),
        Case(
            .contract,
            "window_size_ms: 1000",
            "1: window_size_ms: the key is not known here; it belongs at window_size_ms in contracts/streaming.yaml; "
        ),
        Case(
            .node,
            "http:\n  qqqqqqq: 1",
            "2: http.qqqqqqq: the key is not known; known here: listen, tls_certificate, tls_key, token_file, tokens, anonymous_reads, body_bytes_max, body_timeout_ms, idle_timeout_ms, connections_max, query_rate_max, streams_max, stream_buffer_max"
        ),
        Case(.intentPublisher, "<<: 1", "1: <<: the key is not known; known here: intent_topic, "),
    ]

    @Test("An unknown key is reported with the nearest known one", arguments: unknownKeys)
    func unknownKey(_ wrong: Case) {
        let problems = Self.problems(wrong)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("config/\(wrong.file.rawValue):\(wrong.message)") == true, "\(problems)")
    }

    @Test("A file that is not YAML is reported with the line")
    func brokenYAML() {
        #expect(
            ConfigurationFixture(node: "node:\n  shards: 1\n bad: [").problems.first?
                .hasPrefix("config/weir.yaml:3: it can't be read as YAML: ") == true
        )
        #expect(
            ConfigurationFixture(node: "node:\n  data: \"\u{1}\"").problems.first?
                .hasPrefix("config/weir.yaml:2: it can't be read as YAML: ") == true
        )
        #expect(
            ConfigurationFixture(node: "log: {}\n---\nlog: {}").problems.first?
                .hasPrefix("config/weir.yaml:2: it can't be read as YAML: ") == true
        )
    }

    @Test("A key that is given twice is reported")
    func duplicateKey() {
        #expect(
            ConfigurationFixture(node: "node:\n  shards: 1\n  workers: 1\n  shards: 2").problems == [
                "config/weir.yaml:2: shards: the key is given more than once in its group, first here; it must be given once"
            ]
        )
    }

    @Test("A file that holds no keys is reported, an empty one is not")
    func rootType() {
        #expect(
            ConfigurationFixture(node: "hello").problems == [
                "config/weir.yaml:1: the file holds hello; it must hold keys with values, as weir.yaml does"
            ]
        )
        #expect(ConfigurationFixture(node: "# nothing\n").problems.isEmpty)
        #expect(ConfigurationFixture(node: "node:\n").problems.isEmpty)
    }

    @Test("A missing file is reported where it is named")
    func missingFile() {
        #expect(
            ConfigurationFixture(node: "# c\ncontract: no.yaml").problems == [
                "config/weir.yaml:2: contract: the file config/no.yaml does not exist; it must be a file such as contract.yaml"
            ]
        )
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationLoader(environment: [:]).load(file: "/nonexistent/weir.yaml")
        }
        #expect(
            error?.description == "/nonexistent/weir.yaml: the file does not exist; it must be a file such as weir.yaml"
        )
    }

    @Test("A directory in place of a file is reported")
    func directory() {
        #expect(ConfigurationText.read("/") == .unreadable("is a directory"))
    }

    @Test("A wrong variable and a wrong flag are reported by name")
    func otherLayers() {
        var fixture = ConfigurationFixture(environment: ["WEIR_SHARDS": "many"])
        fixture.overrides.workers = 0
        #expect(
            fixture.problems == [
                "environment variable WEIR_SHARDS: many is not allowed; it must be a whole number from 1 to 65,536",
                "option --workers: 0 is not allowed; it must be a whole number from 1 to 1,024, or auto for one a core",
            ]
        )
    }

    @Test("All problems of all files and layers are reported at once")
    func everythingAtOnce() {
        var fixture = ConfigurationFixture(.streaming, "window_size_ms: 7\nbatch_size: 0\nmax_lateness: 10m")
        fixture.files["config/weir.yaml"] = "contract: contract.yaml\nnode:\n  shards: 0\n  wrkers: 1"
        fixture.files["config/contract.yaml"]? += "\n  fsm: contracts/fsm.yaml"
        fixture.environment["WEIR_LOG_LEVEL"] = "loud"
        let places = fixture.problems.map { $0.prefix { $0 != " " } }
        #expect(
            places == [
                "config/weir.yaml:3:", "config/weir.yaml:4:", "config/contracts/streaming.yaml:1:",
                "config/contracts/streaming.yaml:2:", "config/contract.yaml:3:", "environment",
                "config/contracts/streaming.yaml:3:",
            ]
        )
    }

    private static func problems(_ wrong: Case) -> [String] {
        switch wrong.file {
        case .node: return ConfigurationFixture(node: wrong.text).problems
        case .contract:
            var fixture = ConfigurationFixture(node: "contract: contract.yaml")
            fixture.files["config/contract.yaml"] = wrong.text
            return fixture.problems
        default: return ConfigurationFixture(wrong.file, wrong.text).problems
        }
    }
}
