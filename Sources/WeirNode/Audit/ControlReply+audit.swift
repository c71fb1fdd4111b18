import WeirWire

extension ControlReply {
    /// Why what was asked for was not done; nil when it was.
    var failure: String? {
        if case .notFound(let what) = self { what } else { refusal }
    }
}
