import Foundation
import Logging
import PostgreSQL
import WeirCluster
import WeirStorage
import WeirWire

/// The coordinator's store, as `coordinator.store` says, and with it the leadership among those that share it.
struct OpenedStore {
    let store: SQLStore
    /// Nil where there is no other coordinator.
    let leadership: LeadershipNode?

    /// - Parameter name: of the coordinator.
    init(_ configuration: Configuration, in directory: DataDirectory, name: NodeName, log: Logger) throws {
        let (contract, shards) = (configuration.contract, configuration.node.shards)
        let coordinator = configuration.node.coordinator
        switch coordinator.store {
        case .sqlite:
            store = try .sqlite(path: directory.store, contract: contract, shards: shards)
            leadership = nil
        case .postgresql:
            let settings = try PostgreSQLSettings(
                // The loader has refused a configuration without it.
                connection: coordinator.postgreSQL ?? "",
                schema: coordinator.postgreSQLSchema,
                timeout: coordinator.storeTimeout,
                names: .coordinator
            )
            store = try .postgreSQL(settings, node: name.text, contract: contract, shards: shards)
            leadership = try LeadershipNode(
                Self.lease(settings, store, configuration.node, log),
                name: name,
                expired: { [store] in store.end($0) }
            )
        }
    }

    /// The lease of the leader, where `coordinator.leader_lease` says.
    private static func lease(
        _ settings: PostgreSQLSettings,
        _ store: SQLStore,
        _ configuration: NodeConfiguration,
        _ log: Logger
    ) throws -> any LeaderLease {
        let duration = configuration.coordinator.leaderLease
        let instance = UUID().uuidString
        func row(timeout: Duration) -> PostgreSQLLease {
            PostgreSQLLease(
                settings.with(timeout: min(settings.timeout, timeout)),
                store: store,
                instance: instance,
                duration: duration
            )
        }
        // Two prolongations may fail before the lease ends.
        switch configuration.coordinator.leaderElection {
        case .postgresql:
            return row(timeout: LeaseMachine(duration: duration).renewDelay)
        case .etcd:
            let timeout = LeaseMachine(duration: ElectionMachine.holdingTime(of: duration)).renewDelay
            return EtcdLease(
                // The loader has refused a configuration without it.
                try EtcdGateway(
                    configuration.discovery.etcdServers ?? [],
                    configuration.discovery,
                    timeout: timeout,
                    log: log
                ),
                row: row(timeout: timeout),
                key: EtcdLease.key(prefix: configuration.discovery.etcdPrefix),
                instance: instance,
                duration: duration
            )
        }
    }
}
