/// A moment of the wall clock, in the same representation as event time. It decides when things happen and never what is
/// computed.
public typealias WallTime = EventTime
