import Testing

@testable import WeirNode

@Suite("Rules between settings")
struct ConfigurationRulesTests {
    @Test("max_lateness is at most dedup_horizon")
    func lateness() {
        #expect(
            ConfigurationFixture(.streaming, "max_lateness: 6m").problems == [
                "config/contracts/streaming.yaml:1: max_lateness: 6m is not allowed; it must be at most dedup_horizon, "
                    + "which is 5m (default): beyond it a late event can't be told from a repeated one"
            ]
        )
        #expect(ConfigurationFixture(.streaming, "max_lateness: unlimited").problems.count == 1)
        #expect(ConfigurationFixture(.streaming, "max_lateness: unlimited\ndedup_horizon: unlimited").problems.isEmpty)
        #expect(ConfigurationFixture(.streaming, "max_lateness: 5m\ndedup_horizon: unlimited").problems.isEmpty)
    }

    @Test("A rule that a later layer breaks is reported there")
    func laterLayer() {
        var fixture = ConfigurationFixture(.streaming, "\nmax_lateness: 2m")
        fixture.overrides.dedupHorizon = "1m"
        #expect(
            fixture.problems == [
                "option --dedup-horizon: 1m is not allowed; max_lateness, which is 2m (config/contracts/streaming.yaml:2), "
                    + "must be at most it: beyond it a late event can't be told from a repeated one"
            ]
        )
    }

    @Test("Journals are kept for the dedup horizon at least, and for just that unless told")
    func retention() throws {
        let short = ConfigurationFixture(node: "journal: {retention: 4m}")
        #expect(short.problems.first?.hasPrefix("config/weir.yaml:1: journal.retention: 4m is not allowed; ") == true)
        let long = try ConfigurationFixture(environment: ["WEIR_DEDUP_HORIZON": "1h"]).load().configuration
        #expect(long.journalRetention == .limited(.seconds(3600)))
        let own = try ConfigurationFixture(node: "journal: {retention: 1d}").load().configuration
        #expect(own.journalRetention == .limited(.seconds(86_400)))
    }

    @Test(
        "Each rule names both sides",
        arguments: [
            ("ingest: {recent_bytes: 1GiB}", "ingest.recent_bytes", "at most ingest.lag_bytes_max, which is 256MiB"),
            (
                "worker: {delta_events_max: 20000000}", "worker.delta_events_max",
                "at most worker.uncommitted_events_max, which is 16000000"
            ),
            (
                "worker: {commit_interval_ms: 1001}", "worker.commit_interval_ms",
                "at most a third of coordinator.node_timeout_ms, which is 3000"
            ),
            (
                "ingest: {request_bytes_max: 512KiB}", "ingest.request_bytes_max",
                "line_bytes_max, which is 1MiB (default), must be at most it"
            ),
            (
                "node: {control_url: \"tcp://127.0.0.1:7701\"}", "node.control_url",
                "must differ from node.ingest_url, which is tcp://127.0.0.1:7701"
            ),
            (
                "{coordinator: {leader_lease: etcd}, discovery: {etcd: \"http://a:1,http://b:2\"}}",
                "coordinator.leader_lease", "must be postgresql with coordinator.store, which is sqlite"
            ),
            (
                "coordinator: {store: postgresql, postgresql: \"host=a\", leader_lease: etcd}",
                "coordinator.leader_lease", "must be postgresql without discovery.etcd, which is none"
            ),
            (
                "{coordinator: {store: postgresql, postgresql: \"host=a\", leader_lease: etcd}, "
                    + "discovery: {etcd: \"http://a:1\", etcd_prefix: /a}}",
                "coordinator.leader_lease",
                "must be postgresql without a slash at the end of discovery.etcd_prefix, which is /a"
            ),
            (
                "discovery: {etcd_password_file: /a}", "discovery.etcd_password_file",
                "must be none without discovery.etcd_username, which is none"
            ),
            (
                "discovery: {tls_certificate: /a}", "discovery.tls_certificate",
                "discovery.tls_key, which is none (default), must be given exactly with it"
            ),
            (
                "discovery: {tls_key: /a}", "discovery.tls_key",
                "must be given exactly with discovery.tls_certificate, which is none"
            ),
            (
                "discovery: {etcd: \"http://a:1,b:2\"}", "discovery.etcd",
                "or up to 16 of them with commas between them"
            ),
        ]
    )
    func rule(text: String, key: String, rule: String) {
        let problems = ConfigurationFixture(node: text).problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("config/weir.yaml:1: \(key): ") == true, "\(problems)")
        #expect(problems.first?.contains(rule) == true, "\(problems)")
    }

    @Test("The first backoff is at most the longest")
    func backoff() {
        let problems = ConfigurationFixture(.intentPublisher, "retry_policy: {backoff_initial_ms: 30001}").problems
        #expect(
            problems.first?.contains("must be at most retry_policy.backoff_max_ms, which is 30000 (default)") == true
        )
    }

    @Test("A rule is checked beside another error on its line, and not for a value that is itself in error")
    func sameLine() {
        #expect(ConfigurationFixture(.streaming, "{batch_size: 0, max_lateness: 10m}").problems.count == 2)
        #expect(ConfigurationFixture(.streaming, "{max_lateness: 10m, dedup_horizon: 9}").problems.count == 1)
    }

    @Test("Topics differ")
    func topics() {
        let problems = ConfigurationFixture(.streaming, "topics: {CODEGEN_FAILED: a, CODEGEN_COMPLETED: a}").problems
        #expect(problems.first?.contains("topics.CODEGEN_FAILED: a is not allowed; it must differ from") == true)
        #expect(problems.count == 1)
    }

    @Test("Listeners on any free port may share a URL")
    func freePorts() {
        let url = "tcp://127.0.0.1:0"
        let environment = ["WEIR_INGEST_URL": url, "WEIR_CONTROL_URL": url, "WEIR_INTENTS_URL": url]
        #expect(ConfigurationFixture(environment: environment).problems.isEmpty)
    }
}
