/// A stage that an event tells of.
public struct StageStep: Sendable {
    /// 1…8.
    var number: UInt8
    /// What ``WorkflowTable/code(ofStage:)`` gave.
    var name: UInt16

    public init(number: UInt8, name: UInt16) {
        self.number = number
        self.name = name
    }
}
