extension Setting {
    /// The keys of `weir.yaml`.
    static let node: [Setting] = [
        Setting(.node, "contract", pathOf: .contract),

        Setting("node.data", \.node.dataDirectory, .path("a directory")),
        Setting("node.workers", \.node.workers, .automatic(or: .integer(1...1024), meaning: "one a core")),
        Setting("node.shards", \.node.shards, .integer(1...65_536)),
        Setting("node.ingest_url", \.node.ingestURL, .url),
        Setting("node.control_url", \.node.controlURL, .urls),
        Setting("node.intents_url", \.node.intentsURL, .url),
        Setting("node.data_url", \.node.dataURL, .url),
        Setting("node.advertised_url", \.node.advertisedURL, .automatic(or: .url, meaning: "data_url")),
        Setting("node.coordinator_silence_ms", \.node.coordinatorSilence, .milliseconds(1000...3_600_000)),

        Setting("ingest.request_bytes_max", \.node.ingest.requestBytesMax, .bytes(64 << 10...1 << 30)),
        Setting("ingest.delivery_bytes", \.node.ingest.deliveryBytes, .bytes(4 << 10...64 << 20)),
        Setting("ingest.recent_bytes", \.node.ingest.recentBytes, .bytes(1 << 20...16 << 30)),
        Setting("ingest.lag_bytes_max", \.node.ingest.lagBytesMax, .bytes(1 << 20...1 << 40)),
        Setting("ingest.waiting_max", \.node.ingest.waitingMax, .integer(1...65_536)),
        Setting("ingest.waiting_bytes_max", \.node.ingest.waitingBytesMax, .bytes(1 << 20...16 << 30)),
        Setting("ingest.report_interval_ms", \.node.ingest.reportInterval, .milliseconds(5...5000)),
        Setting("ingest.kafka_group", \.node.ingest.kafkaGroup, .optional(.text(1...249))),
        Setting("ingest.kafka_batch_bytes", \.node.ingest.kafkaBatchBytes, .bytes(64 << 10...64 << 20)),
        Setting("ingest.kafka_buffer_bytes", \.node.ingest.kafkaBufferBytes, .bytes(1 << 20...1 << 30)),

        Setting("worker.commit_interval_ms", \.node.worker.commitInterval, .milliseconds(10...10_000)),
        Setting("worker.commit_timeout_ms", \.node.worker.commitTimeout, .milliseconds(50...60_000)),
        Setting("worker.delta_events_max", \.node.worker.deltaEventsMax, .integer(1000...1_000_000_000)),
        Setting("worker.uncommitted_events_max", \.node.worker.uncommittedEventsMax, .integer(1000...1_000_000_000)),
        Setting("worker.quarantine_bytes_max", \.node.worker.quarantineBytesMax, .bytes(64 << 10...128 << 20)),

        Setting("coordinator.store", \.node.coordinator.store, .name),
        connection("coordinator.postgresql", \.node.coordinator.postgreSQL),
        Setting("coordinator.postgresql_schema", \.node.coordinator.postgreSQLSchema, .schema),
        Setting("coordinator.store_timeout_ms", \.node.coordinator.storeTimeout, .milliseconds(100...600_000)),
        Setting("coordinator.leader_lease", \.node.coordinator.leaderElection, .name),
        Setting("coordinator.leader_lease_ms", \.node.coordinator.leaderLease, .milliseconds(500...60_000)),
        Setting("coordinator.node_timeout_ms", \.node.coordinator.nodeTimeout, .milliseconds(200...600_000)),
        Setting(
            "coordinator.disconnect_grace_ms",
            \.node.coordinator.disconnectGrace,
            .milliseconds(50...600_000)
        ),
        Setting("coordinator.settle_delay_ms", \.node.coordinator.settleDelay, .milliseconds(0...60_000)),
        Setting("coordinator.lease_duration_ms", \.node.coordinator.leaseDuration, .milliseconds(1000...3_600_000)),
        Setting("coordinator.lease_max", \.node.coordinator.leaseMax, .integer(1...65_536)),
        Setting("coordinator.query_timeout_ms", \.node.coordinator.queryTimeout, .milliseconds(100...60_000)),
        Setting(
            "coordinator.pane_retention",
            \.node.coordinator.paneRetention,
            .duration(.zero ... .seconds(365 * 86_400))
        ),
        Setting(
            "coordinator.hour_retention",
            \.node.coordinator.hourRetention,
            .duration(.zero ... .seconds(3650 * 86_400))
        ),

        connection("executor.postgresql", \.node.executor.postgreSQL),
        Setting("executor.postgresql_schema", \.node.executor.postgreSQLSchema, .schema),
        Setting("executor.kafka", \.node.executor.kafka, .name),
        Setting("executor.intents", \.node.executor.intents, .name),
        Setting("executor.kafka_group", \.node.executor.kafkaGroup, .text(1...249)),
        Setting("executor.kafka_result_topic", \.node.executor.kafkaResultTopic, .topic),
        Setting("executor.sink_timeout_ms", \.node.executor.sinkTimeout, .milliseconds(100...600_000)),

        Setting("kafka.brokers", \.node.kafka.brokers, .optional(.brokers)),
        Setting("kafka.client_id", \.node.kafka.clientID, .topic),
        Setting("kafka.transport", \.node.kafka.transport, .name),
        Setting("kafka.tls_ca", \.node.kafka.tlsAuthority, .automatic(or: .path("a file"), meaning: "the system's")),
        Setting("kafka.tls_certificate", \.node.kafka.tlsCertificate, .optional(.path("a file"))),
        Setting("kafka.tls_key", \.node.kafka.tlsKey, .optional(.path("a file"))),
        Setting("kafka.sasl_mechanism", \.node.kafka.mechanism, .optional(.name)),
        Setting("kafka.sasl_username", \.node.kafka.user, .optional(.text(1...256))),
        Setting("kafka.sasl_password_file", \.node.kafka.passwordFile, .optional(.path("a file"))),
        Setting("kafka.session_timeout_ms", \.node.kafka.sessionTimeout, .milliseconds(6000...1_800_000)),

        Setting("journal.segment_bytes", \.node.journal.segmentBytes, .bytes(1 << 20...4 << 30)),
        Setting("journal.retention", \.node.journal.retention, .automatic(or: .horizon, meaning: "the dedup horizon")),

        Setting("security.tls_ca", \.node.security.tlsAuthority, .optional(.path("a file"))),
        Setting("security.tls_certificate", \.node.security.tlsCertificate, .optional(.path("a file"))),
        Setting("security.tls_key", \.node.security.tlsKey, .optional(.path("a file"))),
        Setting(
            "security.tls_peer_name",
            \.node.security.tlsPeerName,
            .automatic(or: .text(1...253), meaning: "the host of the URL")
        ),
        Setting("security.secret_file", \.node.security.secretFile, .optional(.path("a file"))),
        roleSecret(.coordinator), roleSecret(.ingest), roleSecret(.worker), roleSecret(.executor), roleSecret(.viewer),
        roleSecret(.operator), roleSecret(.admin),
        Setting("security.audit_log", \.node.security.auditLog, .optional(.path("a file"))),

        Setting("discovery.consul", \.node.discovery.consul, .optional(.httpURL)),
        Setting("discovery.consul_token_file", \.node.discovery.consulTokenFile, .optional(.path("a file"))),
        Setting("discovery.consul_service", \.node.discovery.consulService, .serviceName),
        Setting(
            "discovery.address",
            \.node.discovery.address,
            .automatic(or: .text(1...253), meaning: "the host of http.listen")
        ),
        Setting("discovery.etcd", \.node.discovery.etcd, .optional(.httpURLs)),
        Setting("discovery.etcd_prefix", \.node.discovery.etcdPrefix, .text(1...1024)),
        Setting("discovery.etcd_username", \.node.discovery.etcdUser, .optional(.text(1...256))),
        Setting("discovery.etcd_password_file", \.node.discovery.etcdPasswordFile, .optional(.secretSource)),
        Setting(
            "discovery.tls_ca",
            \.node.discovery.tlsAuthority,
            .automatic(or: .path("a file"), meaning: "the system's")
        ),
        Setting("discovery.tls_certificate", \.node.discovery.tlsCertificate, .optional(.path("a file"))),
        Setting("discovery.tls_key", \.node.discovery.tlsKey, .optional(.path("a file"))),

        Setting("watchdog.interval_ms", \.node.watchdog.interval, .milliseconds(100...600_000)),
        Setting("watchdog.timeout_ms", \.node.watchdog.timeout, .milliseconds(100...60_000)),
        Setting("watchdog.failures_max", \.node.watchdog.failuresMax, .integer(1...100)),
        Setting("watchdog.grace_ms", \.node.watchdog.grace, .milliseconds(0...60_000)),

        Setting("http.listen", \.node.http.listener, .listener),
        Setting("http.tls_certificate", \.node.http.tlsCertificate, .optional(.path("a file"))),
        Setting("http.tls_key", \.node.http.tlsKey, .optional(.path("a file"))),
        Setting("http.token_file", \.node.http.tokenFile, .automatic(or: .path("a file"), meaning: "no token")),
        Setting("http.tokens", \.node.http.tokens, .tokens),
        Setting("http.anonymous_reads", \.node.http.anonymousReads, .name),
        Setting("http.body_bytes_max", \.node.http.bodyBytesMax, .bytes(1 << 10...1 << 30)),
        Setting("http.body_timeout_ms", \.node.http.bodyTimeout, .milliseconds(100...600_000)),
        Setting("http.idle_timeout_ms", \.node.http.idleTimeout, .milliseconds(1000...3_600_000)),
        Setting(
            "http.connections_max",
            \.node.http.connectionsMax,
            .automatic(or: .integer(1...1_000_000), meaning: "half of the open files")
        ),
        Setting("http.query_rate_max", \.node.http.queryRateMax, .integer(1...1_000_000)),
        Setting("http.streams_max", \.node.http.streamsMax, .integer(1...65_536)),
        Setting("http.stream_buffer_max", \.node.http.streamBufferMax, .integer(16...1_000_000)),

        Setting("log.level", \.node.log.level, .name),
        Setting("log.format", \.node.log.format, .name),

        Setting("tracing.file", \.node.tracing.file, .optional(.path("a file"))),
        Setting("tracing.ratio", \.node.tracing.ratio, .number(0...1)),
        Setting("tracing.file_bytes_max", \.node.tracing.fileBytesMax, .bytes(1 << 20...64 << 30)),
    ]
}
