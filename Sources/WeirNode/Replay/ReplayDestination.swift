/// Where events go.
public enum ReplayDestination: Sendable {
    case cluster(ReplayCluster)
    /// To an open file, as lines.
    case lines(descriptor: Int32)
    /// They are only counted.
    case nowhere
}
