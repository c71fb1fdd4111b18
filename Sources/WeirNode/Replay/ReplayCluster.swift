import Foundation
import NNG

/// The cluster that events are sent to: an ingest, and the coordinator that says what became of them.
public struct ReplayCluster: Sendable {
    private let sender: EventSender
    private let admin: AdminClient

    /// Wall clock: how long the coordinator may take to answer.
    private static let answerTimeout = Duration.seconds(10)
    /// Wall clock: how long the cluster may take to account for what it has acknowledged.
    private static let accountingMax = Duration.seconds(30)
    /// Wall clock: pause between two looks at the cluster.
    private static let accountingInterval = Duration.milliseconds(100)

    /// - Parameters:
    ///   - discovery: how registries are reached, where the coordinator's URL names some.
    ///   - giveUpAfter: how long a request is tried before the replay ends.
    public init(
        ingest: String,
        coordinator: String,
        discovery: NodeConfiguration.Discovery = NodeConfiguration.Discovery(),
        giveUpAfter: Duration,
        security: TransportSecurity
    ) throws(NNGError) {
        sender = try EventSender(
            url: ingest,
            batchBytes: 1,
            inFlight: 1,
            giveUpAfter: giveUpAfter,
            tls: security.tls
        )
        admin = try AdminClient(
            url: coordinator,
            discovery: discovery,
            timeout: Self.answerTimeout,
            security: security
        )
    }

    public func status() async throws -> ClusterStatus {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(ClusterStatus.self, from: Data(try await admin.ask(.status)))
    }

    func send(_ lines: [UInt8]) async throws -> EventSender.Totals { try await sender.send(lines) }

    /// What the cluster made of lines since an earlier look, when it has accounted for so many; nil when it has not in time.
    func share(since before: ClusterStatus, of lines: Int) async throws -> ClusterShare? {
        let end = ContinuousClock.now + Self.accountingMax
        while true {
            let share = ClusterShare(from: before, to: try await status())
            if share.accepted >= lines { return share }
            guard ContinuousClock.now < end else { return nil }
            try await Task.sleep(for: Self.accountingInterval)
        }
    }

    public func close() {
        sender.close()
        admin.close()
    }
}
