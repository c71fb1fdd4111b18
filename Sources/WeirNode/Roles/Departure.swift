/// Whether a node that stops will be missed: shards of one that leaves move at once, and those of one that stays away wait for it.
public enum Departure: Sendable {
    /// The process stops as a whole, and is to take its place again.
    case silent
    /// The others are told.
    case announced
}
