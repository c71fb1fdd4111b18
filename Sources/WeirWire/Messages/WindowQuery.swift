import WeirCore

/// Which windows to list, by type, then start, then revision.
public struct WindowQuery: Sendable, Equatable {
    public var type: WindowType?
    /// Windows that start at or after this moment.
    public var from: EventTime?
    /// Windows that start before this moment.
    public var to: EventTime?
    /// Windows that are open, with their provisional record, instead of closed ones.
    public var selectsOpen: Bool
    /// Every revision of a closed window instead of the newest.
    public var selectsAllRevisions: Bool
    /// From the last to the first.
    public var isDescending: Bool
    /// Windows that come after this one in the order asked for.
    public var after: WindowPosition?
    public var limit: Int

    public init(
        type: WindowType? = nil,
        from: EventTime? = nil,
        to: EventTime? = nil,
        selectsOpen: Bool = false,
        selectsAllRevisions: Bool = false,
        isDescending: Bool = false,
        after: WindowPosition? = nil,
        limit: Int = 1000
    ) {
        self.type = type
        self.from = from
        self.to = to
        self.selectsOpen = selectsOpen
        self.selectsAllRevisions = selectsAllRevisions
        self.isDescending = isDescending
        self.after = after
        self.limit = limit
    }

    public func includes(_ window: Window) -> Bool {
        (type == nil || type == window.type) && (from == nil || window.start >= from!)
            && (to == nil || window.start < to!)
            && (after == nil || (isDescending ? window < after!.window : window > after!.window))
    }
}

/// A place in a list of windows; as text it is the cursor of a page.
public struct WindowPosition: Sendable, Hashable {
    public var window: Window
    public var revision: Int

    public init(window: Window, revision: Int) {
        self.window = window
        self.revision = revision
    }

    /// Reads ``cursor``; nil for anything else.
    public init?(cursor: some StringProtocol) {
        let parts = cursor.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let code = UInt8(parts[0]), let type = WindowType(rawValue: code),
            let start = Int64(parts[1]), let revision = Int(parts[2]), revision >= 0
        else { return nil }
        self.init(window: Window(type: type, start: EventTime(microseconds: start)), revision: revision)
    }

    /// Code of the type, start in microseconds, revision.
    public var cursor: String { "\(window.type.rawValue).\(window.start.microseconds).\(revision)" }
}
