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
            leadership = LeadershipNode(
                settings,
                store: store,
                name: name,
                instance: UUID().uuidString,
                duration: coordinator.leaderLease
            )
        }
    }
}
