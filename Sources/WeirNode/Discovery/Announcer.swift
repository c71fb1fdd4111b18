import Foundation
import Logging

/// Keeps a node known in the registries while it runs. A registry that is not there keeps no node from its work.
struct Announcer: Sendable {
    private let registries: [any Registry]
    private let log: Logger

    /// Wall clock: how long taking it back may take when the node stops.
    static let withdrawTimeout = Duration.seconds(2)
    /// Wall clock: first and longest pause after a failure.
    static let (pauseMin, pauseMax) = (Duration.seconds(1), Duration.seconds(30))

    init(_ registries: [any Registry], log: Logger) {
        self.registries = registries
        self.log = log
    }

    /// The registries that the configuration names.
    ///
    /// - Parameters:
    ///   - http: where the node's HTTP listens; nil when it is off.
    ///   - hasTLS: whether that is HTTPS.
    init(
        _ announcement: Announcement,
        http: HostAndPort?,
        hasTLS: Bool,
        _ configuration: NodeConfiguration.Discovery,
        log: Logger
    ) throws(DiscoveryFailure) {
        var registries: [any Registry] = []
        if let text = configuration.consul, let agent = URL(string: text), let http {
            registries.append(
                try ConsulRegistry(agent, announcement, http: http, hasTLS: hasTLS, configuration, log: log)
            )
        }
        if let servers = configuration.etcdServers, let url = announcement.controlURL {
            registries.append(
                try EtcdRegistry(servers, name: announcement.name, controlURL: url, configuration, log: log)
            )
        }
        self.init(registries, log: log)
    }

    /// Announces until the task is cancelled, then takes back what was announced.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for registry in registries {
                group.addTask { await self.keepKnown(in: registry) }
            }
            await group.waitForAll()
        }
    }

    private func keepKnown(in registry: any Registry) async {
        var isKnown = false
        var pause = Self.pauseMin
        var hasWarned = false
        while !Task.isCancelled {
            do throws(DiscoveryFailure) {
                try await registry.announce()
                if !isKnown { log.notice("the node is known in \(registry.place)") }
                isKnown = true
                hasWarned = false
                pause = Self.pauseMin
                try? await Task.sleep(for: registry.interval)  // Ends early only by cancellation.
            } catch {
                if Task.isCancelled { break }
                if !hasWarned {
                    log.warning(
                        "the node can't be made known in \(registry.place); it works without, and tries again",
                        metadata: ["error": "\(error)"]
                    )
                }
                hasWarned = true
                isKnown = false
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.pauseMax)
            }
        }
        await withdraw(from: registry)
    }

    /// In a task of its own: the one that ran is cancelled.
    private func withdraw(from registry: any Registry) async {
        let log = log
        let work = Task {
            do throws(DiscoveryFailure) {
                try await registry.withdraw()
            } catch {
                log.warning(
                    "the node could not be taken out of \(registry.place), which removes it by itself after a while",
                    metadata: ["error": "\(error)"]
                )
            }
        }
        let limit = Task {
            try await Task.sleep(for: Self.withdrawTimeout)
            work.cancel()
        }
        await work.value
        limit.cancel()
    }
}
