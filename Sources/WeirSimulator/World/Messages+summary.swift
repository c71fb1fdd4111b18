import WeirCore
import WeirWire

// Messages as one line of a trace.

extension ControlRequest {
    var summary: String {
        switch self {
        case .joinWorker(let presence): "join of \(presence.name), life \(presence.incarnation.value)"
        case .reportIngest(let report):
            "report of \(report.name): last \(report.last.value), sealed \(report.sealedFlush.map { "\($0 & 0xFFFF)" } ?? "-")"
        case .commit(let commit):
            "commit \(commit.number.value) of \(commit.worker), epoch \(commit.epoch.value): "
                + commit.inputs.map { "\($0.ingest)@\($0.position.value)\($0.isIdle ? " idle" : "")" }.joined(
                    separator: ", "
                )
                + "; \(commit.panes.count) panes, \(commit.tally.counted) counted, \(commit.tally.duplicates) duplicates, "
                + "\(commit.quarantined.count) quarantined"
        case .lease(let executor, _, let max): "lease of \(max) by \(executor)"
        case .leave(let node, _): "leave of \(node)"
        case .report(let executor, let results): "\(results.count) results of \(executor)"
        case .admin(let request): "\(request)"
        }
    }
}

extension ControlReply {
    var summary: String {
        switch self {
        case .assigned(let assignment):
            "assigned epoch \(assignment.view.epoch.value), watermark \(assignment.view.watermark?.description ?? "-"), positions "
                + assignment.positions.sorted { $0.key < $1.key }
                .map { "\($0.key)@\($0.value.map { "\($0.value)" }.joined(separator: "/"))" }.joined(separator: ", ")
        case .view(let view):
            "view: epoch \(view.epoch.value), committed \(view.committed.value), watermark \(view.watermark?.description ?? "-")"
        case .committed(let receipt):
            "committed \(receipt.number.value), watermark \(receipt.watermark?.description ?? "-")"
        case .wrongEpoch(let epoch): "wrong epoch, it is \(epoch.value)"
        case .leased(let intents): "leased \(intents.count)"
        case .acknowledged: "acknowledged"
        case .json(let json): "\(json.count) bytes of JSON"
        case .refused(let why), .notFound(let why), .forbidden(let why): "refused: \(why)"
        case .notLeader(let leader): "not the leader, which is \(leader ?? "not known")"
        }
    }
}

extension Delivery {
    var summary: String {
        "delivery of \(ingest), epoch \(epoch.value): \(previous.value) → \(through.value), \(parts.count) parts\(isIdle ? ", idle" : "")"
    }
}
