import Logging
import WeirStorage

extension Logger {
    /// Says what opening a journal has found.
    func report(_ recovery: Journal.Recovery) {
        if recovery.frames > 0 {
            info("the journal was read", metadata: ["frames": "\(recovery.frames)", "bytes": "\(recovery.bytes)"])
        }
        if recovery.cutBytes > 0 {
            warning(
                "the end of the journal was not whole and was cut; nothing in it had been acknowledged",
                metadata: ["bytes": "\(recovery.cutBytes)"]
            )
        }
        for damage in recovery.damage { error("the journal is damaged", metadata: ["what": "\(damage)"]) }
    }
}
