import NNG
import Testing
import WeirWire

@testable import WeirNode

@Suite struct NodeConnectionsTests {
    private var connections = NodeConnections()
    private let one = NodeConnections.Identity(name: NodeName("worker-1")!, incarnation: Incarnation(1))
    private let two = NodeConnections.Identity(name: NodeName("worker-2")!, incarnation: Incarnation(1))

    private mutating func speaks(_ node: NodeConnections.Identity, over connection: Int32) -> Bool {
        connections.speaks(node, over: ConnectionID(connection))
    }

    private mutating func end(_ connection: Int32) -> NodeConnections.Identity? {
        connections.end(ConnectionID(connection))
    }

    @Test mutating func theEndOfAConnectionSaysWhoSpokeByIt() {
        let isThere = [speaks(one, over: 1), speaks(two, over: 2)]
        #expect(isThere == [true, true])
        let gone = [end(3), end(1), end(1)]
        #expect(gone == [nil, one, nil], "the first is that of weirctl, or of a probe")
    }

    @Test mutating func whatIsToldAfterTheEndOfItsConnectionIsKnownAsSuch() {
        let gone = end(1)
        let isThere = [speaks(one, over: 1), speaks(one, over: 2)]
        #expect(gone == nil && isThere == [false, true])
    }

    @Test mutating func onlyTheNewestEndsAreRemembered() {
        for number in 0...Int32(NodeConnections.endedMax) { _ = end(number) }
        let isThere = [speaks(one, over: 0), speaks(one, over: 1)]
        #expect(isThere == [true, false])
    }
}
