import WeirCore

/// Why a store can't be opened, read or written, with what an operator can do.
public enum StoreFailure: Error, Sendable, CustomStringConvertible {
    /// SQLite failed.
    case database(path: String, doing: String, reason: String)
    /// What is stored can't be read.
    case corrupt(path: String, what: String, reason: String)
    /// The store belongs to another cluster than the one that is being started.
    case mismatch(path: String, what: String, stored: String, wanted: String)
    /// The store was made by a newer version of Weir.
    case newerFormat(path: String, found: Int, supported: Int)

    /// Events are to be let in that are older than what is kept.
    case compacted(path: String, before: EventTime, latenessMax: Duration)
    /// A rolling window is shorter than what is kept of its time.
    case tooCoarse(span: RollingSpan, at: EventTime, kept: WindowType)

    public var description: String {
        switch self {
        case .database(let path, let doing, let reason):
            "\(path): \(doing): \(reason); check the disk and the directory's permissions"
        case .corrupt(let path, let what, let reason):
            "\(path): \(what) can't be read: \(reason); restore the file from a backup, or start with an empty --data directory"
        case .mismatch(let path, let what, let stored, let wanted):
            "\(path) was made with \(what) \(stored), and \(wanted) is asked for now; \(what) is fixed when a cluster is made: use \(stored), or another --data directory"
        case .compacted(let path, let before, let latenessMax):
            "\(path): windows before \(before) were compacted under a shorter max_lateness, and can't be revised by later events; set max_lateness to at most \(latenessMax.inMilliseconds / 1000)s, or use another --data directory"
        case .tooCoarse(let span, let moment, let kept):
            "of the last \(span.name) up to \(moment) only whole \(kept.name) windows are kept; ask for a longer span, or for \(kept.name) windows"
        case .newerFormat(let path, let found, let supported):
            "\(path) has format \(found), and this version reads up to \(supported); use the version of Weir that wrote it, or a newer one"
        }
    }
}
