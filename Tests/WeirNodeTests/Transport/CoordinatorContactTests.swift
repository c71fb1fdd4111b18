import Testing

@testable import WeirNode

@Suite struct CoordinatorContactTests {
    private var contact = CoordinatorContact(url: "tcp://c:7700", silenceMax: .seconds(30))
    private let start = ContinuousClock.now

    @Test mutating func itIsTroubledUntilTheFirstAnswerAndAfterALongSilence() {
        #expect(contact.trouble(at: start)?.contains("tcp://c:7700 gives no answer; see to it that one runs") == true)
        contact.noteAnswer(at: start)
        #expect(contact.trouble(at: start) == nil)
        #expect(contact.trouble(at: start + .seconds(30)) == nil, "a coordinator that starts again is away for moments")
        #expect(contact.trouble(at: start + .seconds(42))?.contains("has given no answer for 42 s") == true)
        contact.noteAnswer(at: start + .seconds(50))
        #expect(contact.trouble(at: start + .seconds(60)) == nil)
    }

    @Test mutating func aRefusalIsNoAnswerAndItsReasonIsSaid() {
        contact.noteRefusal("a newer process with this name has joined")
        #expect(
            contact.trouble(at: start)
                == "the coordinator at tcp://c:7700 refuses: a newer process with this name has joined"
        )
        contact.noteAnswer(at: start)
        #expect(contact.trouble(at: start) == nil)
        contact.noteRefusal("the store can't be written")
        #expect(contact.trouble(at: start + .seconds(20)) == nil)
        #expect(contact.trouble(at: start + .seconds(31))?.contains("has refused for 31 s: the store") == true)
        contact.noteAnswer(at: start + .seconds(32))
        #expect(contact.trouble(at: start + .seconds(70))?.contains("no answer for 38 s") == true)
    }
}
