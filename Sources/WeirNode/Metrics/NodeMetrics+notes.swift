import WeirCluster
import WeirCore

extension NodeMetrics {
    /// Counts what a coordinator reports.
    func count(_ note: CoordinatorNote, layout: WindowLayout) {
        switch note {
        case .windowClosed(let window, let revision, _):
            add(.windowsClosed, [window.type.name, revision == 0 ? "first" : "revision"])
            guard revision == 0 else { return }
            let late = WallTime.now.microseconds - layout.end(of: window).microseconds
            observe(.windowLatency, [window.type.name], seconds: max(0, Double(late) / 1e6))
        case .epochBegan: add(.epochsBegun)
        case .workerLost: add(.clusterNodesLost, ["worker"])
        case .ingestLost: add(.clusterNodesLost, ["ingest"])
        case .intentRetried: add(.intentsRetried)
        case .intentDeadLettered: add(.intentsDead)
        default: break
        }
    }
}
