import Foundation
import Logging

/// The transport of a process does not work any more, and can't be repaired within it.
public struct TransportFailure: Sendable, CustomStringConvertible {
    /// Exit code of a process that ends for it. A supervisor starts the process again; nothing that was acknowledged is lost.
    /// (`EX_TEMPFAIL` of sysexits.h.)
    public static let exitCode: Int32 = 75

    var url: String
    var reason: String

    public var description: String {
        "the listener at \(url) \(reason); the process ends with exit code \(Self.exitCode) for its supervisor to start it again "
            + "(deploy/run.sh does, and so should yours); nothing that was acknowledged is lost"
    }

    /// Ends the process at once: what hangs in libnng can't be stopped gracefully, and a process is always safe to kill.
    static func exit(_ failure: TransportFailure, _ log: Logger) -> Never {
        log.critical("\(failure)")
        // Without handlers of atexit, which might wait for what hangs.
        _exit(exitCode)
    }
}
