/// Lets so many through a second, and as many at once as a second brings.
struct TokenBucket: Sendable, Equatable {
    private var tokens: Double
    private var filledAt: Duration

    /// Full.
    init(rate: Int, at now: Duration) {
        tokens = Double(rate)
        filledAt = now
    }

    /// Takes a token; false when there is none.
    ///
    /// - Parameters:
    ///   - rate: tokens a second, and the most that it holds.
    ///   - now: since any fixed moment.
    mutating func take(rate: Int, at now: Duration) -> Bool {
        tokens = min(Double(rate), tokens + Double(rate) * max(0, (now - filledAt) / .seconds(1)))
        filledAt = max(filledAt, now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}

/// A bucket for each of the clients of late.
struct ClientBuckets: Sendable {
    /// Clients that are told apart. When there are more, those that came first are forgotten: they begin with full buckets again.
    static let clientsMax = 4096

    private var buckets: [String: TokenBucket] = [:]
    /// Clients in order of arrival.
    private var order: [String] = []
    private let rate: Int

    init(rate: Int) {
        self.rate = rate
    }

    mutating func take(_ client: String, at now: Duration) -> Bool {
        if buckets[client] == nil {
            if order.count >= Self.clientsMax {
                for old in order.prefix(Self.clientsMax / 2) { buckets[old] = nil }
                order.removeFirst(Self.clientsMax / 2)
            }
            order.append(client)
            buckets[client] = TokenBucket(rate: rate, at: now)
        }
        return buckets[client]!.take(rate: rate, at: now)
    }
}
