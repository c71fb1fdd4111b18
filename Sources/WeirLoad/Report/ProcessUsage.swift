/// What a process of the cluster used over the measured time.
public struct ProcessUsage: Sendable, Codable, Equatable {
    public var pid: Int
    public var name: String
    /// Average number of cores in use.
    public var cores: Double
    public var cpuSeconds: Double
    public var memoryStartBytes: Int
    public var memoryMaxBytes: Int
    public var memoryEndBytes: Int
    /// Seconds of CPU by name of thread.
    public var threadCpuSeconds: [String: Double]

    public init(
        pid: Int,
        name: String,
        cores: Double,
        cpuSeconds: Double,
        memoryStartBytes: Int,
        memoryMaxBytes: Int,
        memoryEndBytes: Int,
        threadCpuSeconds: [String: Double]
    ) {
        self.pid = pid
        self.name = name
        self.cores = cores
        self.cpuSeconds = cpuSeconds
        self.memoryStartBytes = memoryStartBytes
        self.memoryMaxBytes = memoryMaxBytes
        self.memoryEndBytes = memoryEndBytes
        self.threadCpuSeconds = threadCpuSeconds
    }
}
