/// What the connections of a client have reported of late: the cause of the time-outs that come of it.
struct KafkaTrouble: Sendable, Hashable {
    /// librdkafka's or the broker's message, with the broker's address.
    var message: String
    /// librdkafka's name of the error, such as `_SSL`; nil for a connection that ended without one, mostly because the broker closed it.
    var code: String?

    /// How much it says of the cause, 0…3.
    private var weight: Int {
        switch code {
        case "_ALL_BROKERS_DOWN": 0
        case nil: 1
        case "_TRANSPORT", "_RESOLVE", "_TIMED_OUT": 2
        default: 3
        }
    }

    /// The broker was there, and ended the connection: librdkafka tells of it with or without a code.
    var isDisconnect: Bool { message.contains("Disconnected") }

    /// Whether it takes the place of an earlier one, which may say more.
    func replaces(_ earlier: KafkaTrouble?) -> Bool { weight >= earlier?.weight ?? 0 }
}
