import PostgreSQL
import WeirCore

/// Why a store can't be opened, read or written, with what an operator can do.
public enum StoreFailure: Error, Sendable, CustomStringConvertible {
    /// SQLite failed.
    case database(path: String, doing: String, reason: String)
    /// PostgreSQL failed. Whether a transaction that was under way is stored is not known; what is stored is the truth.
    case server(PostgreSQLFailure)
    /// Another process has taken the store over: what this one writes is refused.
    case deposed(place: StorePlace)
    /// What is stored can't be read.
    case corrupt(place: StorePlace, what: String, reason: String)
    /// The store belongs to another cluster than the one that is being started.
    case mismatch(place: StorePlace, what: String, stored: String, wanted: String)
    /// The store was made by a newer version of Weir.
    case newerFormat(place: StorePlace, found: Int, supported: Int)

    /// Events are to be let in that are older than what is kept.
    case compacted(place: StorePlace, before: EventTime, latenessMax: Duration)
    /// A rolling window is shorter than what is kept of its time.
    case tooCoarse(span: RollingSpan, at: EventTime, kept: WindowType)

    public var description: String {
        switch self {
        case .database(let path, let doing, let reason):
            "\(path): \(doing): \(reason); check the disk and the directory's permissions"
        case .server(let failure):
            failure.description
        case .deposed(let place):
            "\(place): another coordinator has taken over, and what this one writes is refused; see that nodes are told of both"
        case .corrupt(let place, let what, let reason):
            "\(place): \(what) can't be read: \(reason); \(place.remedy)"
        case .mismatch(let place, let what, let stored, let wanted):
            "\(place) was made with \(what) \(stored), and \(wanted) is asked for now; \(what) is fixed when a cluster is made: use \(stored), or \(place.alternative)"
        case .compacted(let place, let before, let latenessMax):
            "\(place): windows before \(before) were compacted under a shorter max_lateness, and can't be revised by later events; set max_lateness to at most \(latenessMax.inMilliseconds / 1000)s, or use \(place.alternative)"
        case .tooCoarse(let span, let moment, let kept):
            "of the last \(span.name) up to \(moment) only whole \(kept.name) windows are kept; ask for a longer span, or for \(kept.name) windows"
        case .newerFormat(let place, let found, let supported):
            "\(place) has format \(found), and this version reads up to \(supported); use the version of Weir that wrote it, or a newer one"
        }
    }
}
