/// What a generated stream looks like. Shares are parts of all lines unless said otherwise, 0…1.
public struct GeneratorSettings: Sendable, Equatable {
    /// A model, and what it costs.
    public struct Model: Sendable, Equatable {
        public var name: String
        /// How often it is used, relative to the others.
        public var weight: Double
        /// US dollars for a million tokens.
        public var dollarsPerMillionTokens: Double

        public init(_ name: String, weight: Double, dollarsPerMillionTokens: Double) {
            self.name = name
            self.weight = weight
            self.dollarsPerMillionTokens = dollarsPerMillionTokens
        }
    }

    public struct NodeType: Sendable, Equatable {
        public var name: String
        /// How often it is built, relative to the others.
        public var weight: Double

        public init(_ name: String, weight: Double) {
            self.name = name
            self.weight = weight
        }
    }

    /// Equal settings with an equal seed give equal bytes.
    public var seed: UInt64 = 1
    /// Workflows under way at a time.
    public var workflows = 1000
    /// Stages of a workflow; a workflow that succeeds has two events more.
    public var stages = 8
    /// Workflows that end in a failure, as a share of all.
    public var failureShare = 0.08
    /// Events that come out of order: older than the schedule says by up to ``disorderMicroseconds``.
    public var disorderShare = 0.0
    public var disorderMicroseconds: Int64 = 500_000
    /// Lines that repeat one of the lines shortly before.
    public var duplicateShare = 0.0
    /// Events that come so late that their window is closed: older by 10 s up to ``latenessMicroseconds``.
    public var lateShare = 0.0
    public var latenessMicroseconds: Int64 = 60_000_000
    /// Lines that can't be counted.
    public var malformedShare = 0.0
    /// Events in an envelope, as a share of all events.
    public var envelopeShare = 0.0
    public var models = standardModels
    public var nodeTypes = standardNodeTypes

    public init() {}

    public static let standardModels = [
        Model("gemini-2.5-flash", weight: 48, dollarsPerMillionTokens: 0.3),
        Model("claude-3.5-sonnet", weight: 21, dollarsPerMillionTokens: 6),
        Model("gpt-4o", weight: 15, dollarsPerMillionTokens: 5),
        Model("glm-4.5", weight: 10, dollarsPerMillionTokens: 0.6),
        Model("deepseek-v3", weight: 4, dollarsPerMillionTokens: 0.5),
        Model("qwen2.5-coder", weight: 2, dollarsPerMillionTokens: 0.2),
    ]

    public static let standardNodeTypes = [
        NodeType("effect", weight: 43), NodeType("compute", weight: 25), NodeType("reducer", weight: 18),
        NodeType("orchestrator", weight: 14),
    ]

    /// Earliest that a late event is: beyond the tolerance of a window, and the window's length.
    static let latenessMinMicroseconds: Int64 = 10_000_000
}
