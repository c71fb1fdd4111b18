import Logging

extension Logger {
    /// The log of a process: every line says which node it is, in which role, and in which epoch it was then.
    ///
    /// - Parameters:
    ///   - node: the name of a node with one role; the id that `/health` states of one with all.
    ///   - role: `coordinator`, `ingest`, `worker`, `executor`, or `up` for what concerns them all.
    ///   - epoch: read with every line.
    func of(node: String, role: String, epoch: CurrentEpoch) -> Logger {
        var logger = self
        logger[metadataKey: "node"] = "\(node)"
        logger[metadataKey: "role"] = "\(role)"
        logger.handler.metadataProvider = MetadataProvider { ["epoch": "\(epoch.value)"] }
        return logger
    }

    /// The log of one role of several in a process.
    func of(role: String, _ name: String, epoch: CurrentEpoch) -> Logger {
        var logger = self
        logger[metadataKey: "role"] = "\(role)"
        logger[metadataKey: "name"] = "\(name)"
        logger.handler.metadataProvider = MetadataProvider { ["epoch": "\(epoch.value)"] }
        return logger
    }

    /// The log of something beside the role itself: `http`, `services`, `tracing`.
    func of(part: String) -> Logger {
        var logger = self
        logger[metadataKey: "part"] = "\(part)"
        return logger
    }

    /// The log of a process that has yet to find out who it is.
    public func ofStart(node: String, role: String) -> Logger { of(node: node, role: role, epoch: CurrentEpoch()) }

    /// Says that a line to another node was given up because nothing was answered on it, and that another one is tried.
    func renewal(of url: String) -> @Sendable (_ silence: Duration) -> Void {
        { silence in
            warning(
                "no answer on a line, another connection is tried; see to it that the node there runs and can be reached",
                metadata: ["url": "\(url)", "silent_s": "\(silence.components.seconds)"]
            )
        }
    }
}
