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
        /// Whom etcd knows this node as; nil where etcd asks for no user.
        public var etcdUser: String?
        /// Where the user's password is, a file or `env:NAME`; nil for the environment's ``EtcdUser/passwordVariable``.
        public var etcdPasswordFile: String?
        /// Certificates of the authorities that registries are verified with (PEM), for `https`; nil for the system's.
        public var tlsAuthority: String?
        /// The certificate that registries are shown over `https` (PEM, with its chain); nil for none.
        public var tlsCertificate: String?
        /// Its private key (PEM, without a password).
        public var tlsKey: String?

        /// Members of an etcd that are named.
        static let etcdServersMax = 16
        static let serviceDefault = "omninode-bridge-codegen-metrics-reducer"
        static let prefixDefault = "/weir/coordinators/"

        public init() {}

        /// The members of ``etcd``; nil for none.
        var etcdServers: [URL]? { etcd?.split(separator: ",").compactMap { URL(string: String($0)) } }
    }
}
