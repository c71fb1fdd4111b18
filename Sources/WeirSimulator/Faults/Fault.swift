/// What may befall a cluster, beside what its network does to every message.
enum Fault: String, CaseIterable {
    /// A process ends, loses what is not on disk, and starts again after a while.
    case crashCoordinator
    case crashIngest
    case crashWorker
    case crashExecutor
    /// A process stands still for a while, as after SIGSTOP.
    case stop
    /// A link between two processes, or all links of one, are cut, in one direction or both.
    case partition
    /// The network gets much worse for a while.
    case storm
    /// Appends to a journal fail for a while: the disk is full.
    case disk
    /// The coordinator's store fails for a while; some transactions are stored although they fail.
    case store
    /// Sinks fail for a while.
    case sink
    /// A worker, ingest, executor, or one of several coordinators, goes in order, and comes back later.
    case leave
    case addWorker
    /// A worker goes for good.
    case removeWorker
    /// A second process with the name of a worker that still runs.
    case twinWorker
    case addIngest
    case addExecutor
    case removeExecutor
    /// The line of the coordinator that leads to the store's server holds a transaction up until its lease is over, or longer; most often the
    /// coordinator stands still meanwhile.
    case lateTransaction
    /// The coordinator that leads is cut off from the store's server, or from everyone else.
    case cutLeader
    /// Half of what is sent to the store's server is held up for a while.
    case slowStore
    /// The store loses the next commit that it takes, and its worker has the receipt: a replica takes over that had not got it, or an older
    /// copy is put in its place.
    case lostCommit

    /// What takes the lease next, in the store's row, is held up until others have taken it, or is sent so late by a coordinator that stood
    /// still; often the leader stands still, so that another takes its place.
    case lateClaim
    /// What is sent to etcd, and its answers, are held up for a while, every other one.
    case slowEtcd
    /// A coordinator is cut off from etcd, and often another one from the store.
    case cutFromEtcd
    /// etcd is down for a while, and starts again; or it stands still, and its leases end meanwhile.
    case etcdDown
    /// etcd is restored from a backup, as itself or as another cluster, or an operator deletes the election's key.
    case etcdForgets

    /// Those of clusters in which several coordinators share a store.
    static let ofLeaders: [Self] = [.lateTransaction, .cutLeader, .slowStore, .lateClaim]
    /// Those of clusters that elect their leader in etcd, but for ``etcdForgets``.
    static let ofElections: [Self] = [.slowEtcd, .cutFromEtcd, .etcdDown]
    static let ofAnyCluster = allCases.filter {
        !ofLeaders.contains($0) && !ofElections.contains($0) && $0 != .etcdForgets && $0 != .lostCommit
    }
}
