import WeirWire

/// Where an executor carries intents out to.
///
/// An intent may come again under the same id, after a crash between its effect and the report of it: sinks make that one effect,
/// or pass the id on so that readers can.
public protocol IntentSink: Sendable {
    /// For logs and errors.
    var name: String { get }

    /// Returns when the effect is durable, as far as the sink can tell.
    func carryOut(_ intent: LeasedIntent) async throws

    /// Lets go of what the sink holds.
    func close() async
}
