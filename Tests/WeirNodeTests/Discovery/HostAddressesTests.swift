import Testing

@testable import WeirNode

@Suite struct HostAddressesTests {
    @Test func aNameHasItsAddressesAndAnAddressItself() async throws {
        #expect(try await HostAddresses.all(of: "localhost").allSatisfy { ["127.0.0.1", "[::1]"].contains($0) })
        #expect(try await HostAddresses.all(of: "127.0.0.1") == ["127.0.0.1"])
        #expect(
            await CoordinatorDirectory("dns+tcp://127.0.0.1:7700", .init(), log: nil).refresh() == [
                "tcp://127.0.0.1:7700"
            ]
        )
    }

    @Test func aNameThatDoesNotExistIsSaidToBe() async {
        await #expect {
            try await HostAddresses.all(of: "no-such-host.invalid")
        } throws: {
            "\($0)".contains("no-such-host.invalid")
        }
    }
}
