/// What is to be sent, and when: everything that decides the bytes of a run but its begin.
public struct LoadPlan: Sendable {
    public var generator: GeneratorSettings
    public var schedule: LoadSchedule
    /// Events of a full batch.
    public var batchSize: Int
    /// The longest wait before a batch that is not full goes.
    public var batchWait: Duration
    /// Connections.
    public var lanes: Int

    public init(
        generator: GeneratorSettings,
        schedule: LoadSchedule,
        batchSize: Int,
        batchWait: Duration,
        lanes: Int
    ) {
        self.generator = generator
        self.schedule = schedule
        self.batchSize = batchSize
        self.batchWait = batchWait
        self.lanes = lanes
    }
}
