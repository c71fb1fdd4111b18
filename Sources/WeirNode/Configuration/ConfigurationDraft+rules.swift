import WeirCore

// Rules between several keys. They are checked once all layers have spoken.
extension ConfigurationDraft {
    /// Notes every broken rule. A rule is passed over while one of its values is itself in error.
    mutating func checkRules() {
        let (node, windows) = (configuration.node, configuration.contract.windows)
        let intents = configuration.contract.intents

        require(
            windows.maxLateness <= windows.dedupHorizon,
            of: .streaming("max_lateness"),
            .streaming("dedup_horizon"),
            "be at most",
            "beyond it a late event can't be told from a repeated one"
        )
        require(
            configuration.journalRetention >= windows.dedupHorizon,
            of: .node("journal.retention"),
            .streaming("dedup_horizon"),
            "be at least",
            "a moved shard rebuilds its ids from the journal"
        )
        require(
            intents.retry.backoffInitial <= intents.retry.backoffMax,
            of: .intentPublisher("retry_policy.backoff_initial_ms"),
            .intentPublisher("retry_policy.backoff_max_ms"),
            "be at most",
            "it is the bound of every wait, the first included"
        )
        require(
            configuration.contract.events.lineBytesMax <= node.ingest.requestBytesMax,
            of: .streaming("line_bytes_max"),
            .node("ingest.request_bytes_max"),
            "be at most",
            "a longer line could never arrive"
        )
        require(
            node.ingest.recentBytes <= node.ingest.lagBytesMax,
            of: .node("ingest.recent_bytes"),
            .node("ingest.lag_bytes_max"),
            "be at most",
            "frames that no worker may lag behind are of no use in memory"
        )
        require(
            node.worker.deltaEventsMax <= node.worker.uncommittedEventsMax,
            of: .node("worker.delta_events_max"),
            .node("worker.uncommitted_events_max"),
            "be at most",
            "a worker would stop before it commits"
        )
        require(
            node.worker.commitInterval * 3 <= node.coordinator.nodeTimeout,
            of: .node("worker.commit_interval_ms"),
            .node("coordinator.node_timeout_ms"),
            "be at most a third of",
            "commits are the heartbeat, and two of them may be lost"
        )
        require(
            node.executor.sinkTimeout * 2 <= node.coordinator.leaseDuration,
            of: .node("executor.sink_timeout_ms"),
            .node("coordinator.lease_duration_ms"),
            "be at most half of",
            "an intent whose sink is slow would be given to another executor as well"
        )
        require(
            node.executor.kafka == .off || node.kafka.brokers != nil,
            of: .node("executor.kafka"),
            .node("kafka.brokers"),
            "be off without",
            "a client has to know whom to ask first"
        )
        require(
            node.executor.intents == .lease || node.kafka.brokers != nil,
            of: .node("executor.intents"),
            .node("kafka.brokers"),
            "be lease without",
            "a client has to know whom to ask first"
        )
        require(
            node.executor.intents == .lease || node.executor.kafka != .intents,
            of: .node("executor.intents"),
            .node("executor.kafka"),
            "be lease with",
            "an executor would publish again what it reads, for ever"
        )
        require(
            node.ingest.kafkaGroup == nil || node.kafka.brokers != nil,
            of: .node("ingest.kafka_group"),
            .node("kafka.brokers"),
            "be none without",
            "a client has to know whom to ask first"
        )
        require(
            (node.kafka.mechanism == nil) == (node.kafka.user == nil),
            of: .node("kafka.sasl_username"),
            .node("kafka.sasl_mechanism"),
            "be given exactly with",
            "one is of no use without the other"
        )
        require(
            (node.kafka.tlsCertificate == nil) == (node.kafka.tlsKey == nil),
            of: .node("kafka.tls_key"),
            .node("kafka.tls_certificate"),
            "be given exactly with",
            "one is of no use without the other"
        )
        require(
            node.coordinator.store != .postgresql || node.coordinator.postgreSQL != nil,
            of: .node("coordinator.store"),
            .node("coordinator.postgresql"),
            "be given with",
            "it is where the database is"
        )
        require(
            node.coordinator.leaderElection == .postgresql || node.coordinator.store == .postgresql,
            of: .node("coordinator.leader_lease"),
            .node("coordinator.store"),
            "be postgresql with",
            "coordinators elect a leader where they share a store"
        )
        require(
            node.coordinator.leaderElection == .postgresql || node.discovery.etcd != nil,
            of: .node("coordinator.leader_lease"),
            .node("discovery.etcd"),
            "be postgresql without",
            "it is the etcd in which the leader is elected"
        )
        require(
            node.coordinator.leaderElection == .postgresql || node.discovery.etcdPrefix.hasSuffix("/"),
            of: .node("coordinator.leader_lease"),
            .node("discovery.etcd_prefix"),
            "be postgresql without a slash at the end of",
            "the key of the election has the prefix without that slash, and must not be among the coordinators' keys"
        )
        require(
            node.executor.postgreSQL == nil || node.coordinator.postgreSQL == nil
                || node.executor.postgreSQLSchema != node.coordinator.postgreSQLSchema,
            of: .node("executor.postgresql_schema"),
            .node("coordinator.postgresql_schema"),
            "differ from",
            "both may be in the same database, and have tables of their own"
        )
        require(
            (node.http.tlsCertificate == nil) == (node.http.tlsKey == nil),
            of: .node("http.tls_key"),
            .node("http.tls_certificate"),
            "be given exactly with",
            "one is of no use without the other"
        )
        if !node.http.listener.isPrivate, node.http.tokenFile == nil, node.http.tokens.isEmpty {
            problems.append(
                ConfigurationProblem(
                    origin: origin(of: .node("http.listen")),
                    key: "http.listen",
                    message:
                        "\(node.http.listener) can be reached from other machines: name bearer tokens in http.tokens or http.token_file "
                        + "(--token-file), or listen on 127.0.0.1"
                )
            )
        }
        require(
            (node.security.tlsCertificate == nil) == (node.security.tlsKey == nil),
            of: .node("security.tls_key"),
            .node("security.tls_certificate"),
            "be given exactly with",
            "one is of no use without the other"
        )
        require(
            (node.discovery.tlsCertificate == nil) == (node.discovery.tlsKey == nil),
            of: .node("discovery.tls_key"),
            .node("discovery.tls_certificate"),
            "be given exactly with",
            "one is of no use without the other"
        )
        require(
            node.discovery.etcdPasswordFile == nil || node.discovery.etcdUser != nil,
            of: .node("discovery.etcd_password_file"),
            .node("discovery.etcd_username"),
            "be none without",
            "a password is a user's"
        )
        require(
            node.discovery.consul == nil || node.http.listener != .off,
            of: .node("discovery.consul"),
            .node("http.listen"),
            "be none without",
            "Consul asks a node over HTTP how it is"
        )
        require(
            node.coordinator.paneRetention <= node.coordinator.hourRetention,
            of: .node("coordinator.pane_retention"),
            .node("coordinator.hour_retention"),
            "be at most",
            "panes are the finer tier"
        )
        requireDifferent(
            ["node.ingest_url", "node.control_url", "node.intents_url", "node.data_url"].map(Setting.Name.node),
            unless: { $0.hasSuffix(":0") },
            "two listeners can't share an address"
        )
        requireDifferent(
            EventKind.allCases.map { .streaming("topics.\($0.name)") },
            unless: { _ in false },
            "a topic carries one kind of events"
        )
    }

    private mutating func require(
        _ holds: Bool,
        of first: Setting.Name,
        _ second: Setting.Name,
        _ relation: String,
        _ reason: String
    ) {
        guard !holds, !isInError(first), !isInError(second) else { return }
        note(first, second, "must \(relation)", reason)
    }

    private mutating func requireDifferent(
        _ names: [Setting.Name],
        unless isExempt: (String) -> Bool,
        _ reason: String
    ) {
        for (index, name) in names.enumerated() {
            let value = text(of: name)
            guard !isExempt(value) else { continue }
            for other in names[..<index] where text(of: other) == value {
                note(name, other, "must differ from", reason)
            }
        }
    }

    /// Points at the value of the later layer: the one that broke what held before.
    private mutating func note(_ first: Setting.Name, _ second: Setting.Name, _ relation: String, _ reason: String) {
        let pointsAtFirst = origin(of: first).layer >= origin(of: second).layer
        let (wrong, other) = pointsAtFirst ? (first, second) : (second, first)
        let otherText = "\(other.path), which is \(text(of: other)) (\(origin(of: other)))"
        let rule =
            pointsAtFirst
            ? "it \(relation) \(otherText)"
            : "\(otherText), \(relation) it"
        problems.append(
            ConfigurationProblem(
                origin: origin(of: wrong),
                key: wrong.path,
                message: "\(text(of: wrong)) is not allowed; \(rule): \(reason)"
            )
        )
    }

    private func text(of name: Setting.Name) -> String {
        Setting.byName[name]?.write(configuration) ?? ""
    }

    private func isInError(_ name: Setting.Name) -> Bool {
        let place = origin(of: name)
        return place != .default && problems.contains { $0.origin == place && $0.key == name.path }
    }
}

extension Setting.Name {
    fileprivate static func node(_ path: String) -> Self { Self(file: .node, path: path) }
    fileprivate static func streaming(_ path: String) -> Self { Self(file: .streaming, path: path) }
    fileprivate static func intentPublisher(_ path: String) -> Self { Self(file: .intentPublisher, path: path) }
}

extension Horizon {
    fileprivate static func <= (left: Horizon, right: Horizon) -> Bool {
        switch (left, right) {
        case (_, .unlimited): true
        case (.unlimited, .limited): false
        case (.limited(let left), .limited(let right)): left <= right
        }
    }

    fileprivate static func >= (left: Horizon, right: Horizon) -> Bool { right <= left }
}
