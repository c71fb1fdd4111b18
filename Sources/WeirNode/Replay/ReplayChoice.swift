/// What of a source is sent again.
public struct ReplayChoice: Sendable, Hashable {
    public var selection: ReplaySelection
    /// Whether lines that are no valid events are sent as well, to be put in quarantine there.
    public var sendsRefused: Bool

    public init(_ selection: ReplaySelection = ReplaySelection(), sendsRefused: Bool = false) {
        self.selection = selection
        self.sendsRefused = sendsRefused
    }
}
