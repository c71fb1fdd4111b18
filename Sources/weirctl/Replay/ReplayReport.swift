import Foundation
import WeirCore
import WeirNode

/// The totals of a replay, for people or for programs.
struct ReplayReport {
    let totals: ReplayTotals
    let seconds: Double
    /// Whether a cluster has the events.
    let isSent: Bool

    func show(asJSON isJSON: Bool, to descriptor: Int32) {
        var output = BufferedOutput(descriptor: descriptor)
        if isJSON {
            output.line(json)
        } else {
            for line in lines { output.line(line) }
        }
        output.flush()
    }

    private var lines: [String] {
        var lines = totals.losses.map { "lost: \($0)" }
        if totals.lossCount > totals.losses.count {
            lines.append("lost: \(totals.lossCount - totals.losses.count) more places")
        }
        if totals.tornBytes > 0 {
            lines.append(
                "\(totals.tornBytes) bytes at the end are no whole frame yet; nothing in them was acknowledged"
            )
        }
        let span = totals.span.map { ", of \($0.lowerBound) to \($0.upperBound)" } ?? ""
        lines.append("\(totals.read) events read, \(totals.selected) selected\(span)\(refused)")
        let rate = seconds > 0 ? Int(Double(totals.sent) / seconds) : 0
        let time = String(format: "%.2f", seconds) + " s, \(rate) lines/s"
        if isSent {
            lines.append(
                "\(totals.sent) lines acknowledged (\(totals.quarantined) quarantined) in \(totals.batches) batches, \(time), \(totals.retries) sent again"
            )
            lines.append(cluster)
        } else if totals.sent > 0 {
            lines.append("\(totals.sent) lines written, \(time)")
        }
        return lines
    }

    private var refused: String {
        guard totals.refusedCount > 0 else { return "" }
        return "; \(totals.refusedCount) lines are no valid events (\(Self.list(reasons)))"
    }

    private var reasons: [String: Int] {
        Dictionary(uniqueKeysWithValues: totals.refused.map { ($0.key.rawValue, $0.value) })
    }

    private var cluster: String {
        guard let share = totals.cluster else {
            return "the cluster has not accounted for them all yet; see weirctl status"
        }
        let reasons = share.quarantinedByReason.isEmpty ? "" : " (\(Self.list(share.quarantinedByReason)))"
        let others =
            share.accepted > totals.sent ? "; \(share.accepted - totals.sent) of them came from other producers" : ""
        return
            "the cluster made of \(share.accepted) lines: counted \(share.counted) + duplicate \(share.duplicate) + quarantined \(share.quarantined)\(reasons)\(others)"
    }

    private static func list(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    private var json: String {
        var json = JSONWriter()
        json.object { json in
            json.member("read", totals.read)
            json.member("selected", totals.selected)
            json.member("first_event", totals.span?.lowerBound.description)
            json.member("last_event", totals.span?.upperBound.description)
            Self.write(reasons, "refused", &json)
            json.member("sent", totals.sent)
            json.member("quarantined", totals.quarantined)
            json.member("batches", totals.batches)
            json.member("retries", totals.retries)
            json.member("seconds", seconds)
            json.member("torn_bytes", totals.tornBytes)
            json.member("losses", totals.lossCount)
            json.member("lost_bytes", totals.lossBytes)
            json.key("lost")
            json.array { json in
                for loss in totals.losses {
                    json.object { json in
                        json.member("segment", loss.path)
                        json.member("offset", loss.offset)
                        json.member("bytes", loss.bytes)
                        json.member("after_frame", loss.after.value)
                        json.member("what", loss.description)
                    }
                }
            }
            json.key("cluster")
            guard let share = totals.cluster else { return json.null() }
            json.object { json in
                json.member("accepted", share.accepted)
                json.member("counted", share.counted)
                json.member("duplicate", share.duplicate)
                json.member("quarantined", share.quarantined)
                Self.write(share.quarantinedByReason, "quarantined_by_reason", &json)
            }
        }
        return json.text
    }

    private static func write(_ counts: [String: Int], _ name: String, _ json: inout JSONWriter) {
        json.key(name)
        json.object { json in
            for (reason, count) in counts.sorted(by: { $0.key < $1.key }) { json.member(reason, count) }
        }
    }
}
