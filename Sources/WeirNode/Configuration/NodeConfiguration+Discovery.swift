import Foundation

extension NodeConfiguration {
    /// Registries in which a node makes itself known. Where coordinators are looked for is part of `node.control_url`.
    public struct Discovery: Sendable, Hashable {
        /// The HTTP API of a Consul agent, usually the one on the same host; nil for none.
        public var consul: String?
        /// File with the token for Consul; nil for the environment's CONSUL_HTTP_TOKEN, or none.
        public var consulTokenFile: String?
        /// The name of the service that nodes are instances of.
        public var consulService = Self.serviceDefault
        /// The host at which others reach this node's HTTP; nil for the one that it listens at.
        public var address: String?
        /// The client URLs of an etcd's members, with commas between them; nil for none.
        public var etcd: String?
        /// What the keys of the cluster begin with.
        public var etcdPrefix = Self.prefixDefault
        /// Certificates of the authorities that registries are verified with (PEM), for `https`; nil for the system's.
        public var tlsAuthority: String?

        /// Members of an etcd that are named.
        static let etcdServersMax = 16
        static let serviceDefault = "omninode-bridge-codegen-metrics-reducer"
        static let prefixDefault = "/weir/coordinators/"

        public init() {}

        /// The members of ``etcd``; nil for none.
        var etcdServers: [URL]? { etcd?.split(separator: ",").compactMap { URL(string: String($0)) } }
    }
}
