import Testing
import WeirCore

@Suite struct UUIDVersion5Tests {
    static let dns = UUID128("6ba7b810-9dad-11d1-80b4-00c04fd430c8")!
    static let oid = UUID128("6ba7b812-9dad-11d1-80b4-00c04fd430c8")!

    /// The first is RFC 9562's (A.4); the others are what Python's `uuid.uuid5` gives.
    @Test(arguments: [
        (dns, "www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2"),
        (dns, "python.org", "886313e1-3b8a-5372-9b90-0c9aee199e5d"),
        (UUID128.urlNamespace, "http://example.com/?q=ü", "fb500b7c-14cc-5491-8673-aa2ac8a8fb65"),
        (oid, "", "0a68eb57-c88a-5f34-9e9d-27f85e68af4f"),
    ])
    func idsAreThoseOfTheStandard(namespace: UUID128, name: String, id: String) {
        #expect(UUID128(namespace: namespace, name: name).description == id)
    }

    @Test func intentsOfAWindowDifferByRevisionAndShareTheCorrelation() {
        let contract = Contract()
        let window = Window(type: .hourly, start: EventTime("2026-11-03T00:00:00Z")!)
        let first = IntentIDs(contract: contract, window: window, revision: 0)
        let second = IntentIDs(contract: contract, window: window, revision: 1)
        #expect(first.intent != second.intent)
        #expect(first.correlation == second.correlation)
        #expect(first == IntentIDs(contract: contract, window: window, revision: 0))
        var other = contract
        other.version = "1.0.1"
        #expect(IntentIDs(contract: other, window: window, revision: 0).intent != first.intent)
    }
}
