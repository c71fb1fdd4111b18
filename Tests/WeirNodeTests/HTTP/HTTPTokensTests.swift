import Foundation
import Testing
import WeirTestSupport
import WeirWire

@testable import WeirNode

@Suite struct HTTPTokensTests {
    private static func secret(_ role: TokenRole) -> String { "0123456789abcdef0123456789-\(role.rawValue)" }

    private func tokens(_ folder: TemporaryDirectory) throws -> HTTPTokens {
        var configuration = NodeConfiguration.HTTP()
        for role in TokenRole.allCases {
            let path = "\(folder.path)/\(role.rawValue)"
            try (Self.secret(role) + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            configuration.tokens.append(try #require(HTTPToken("my-\(role.rawValue):\(role.rawValue)=\(path)")))
        }
        return try HTTPTokens(configuration)
    }

    @Test func aTokenIsItsHoldersAndNothingLikeItIs() throws {
        let tokens = try tokens(TemporaryDirectory())
        for role in TokenRole.allCases {
            let text = Self.secret(role)
            let holder = HTTPTokens.Holder(name: "my-\(role.rawValue)", role: role)
            #expect(tokens.holder(authorization: "Bearer \(text)") == holder)
            #expect(tokens.holder(authorization: "bearer \(text)") == holder)
            for wrong in [
                nil, "", "Bearer", "Bearer ", text, "Basic \(text)", "Bearer \(text)x", "Bearer \(text.dropLast())",
                "Bearer " + text.uppercased(), "Bearer  \(text)", "Bearer \(text)\n",
            ] {
                #expect(tokens.holder(authorization: wrong) == nil, "\(wrong ?? "none")")
            }
        }
        #expect(HTTPTokens.none.holder(authorization: "Bearer ") == nil)
    }

    /// The table as it is meant, written a second time: every route × every role.
    @Test func everyRouteIsForTheRolesThatItIsMeantFor() {
        let everyone = Set(TokenRole.allCases)
        for route in OpenAPIFixture.routes {
            let expected: Set<TokenRole> =
                switch (route.method.rawValue, route.path.description) {
                case ("POST", "/v1/events"): [.producer, .operator, .admin]
                case ("POST", "/v1/nodes/{name}/forget"): [.admin]
                case ("POST", "/v1/quarantine/{id}/replay"), ("DELETE", "/v1/quarantine/{id}"): [.operator, .admin]
                case ("GET", "/health"), ("GET", "/ready"), ("GET", "/openapi.json"), ("GET", "/"): everyone
                case ("GET", let path) where path.hasPrefix("/dashboard/"): everyone
                case ("GET", _): [.viewer, .operator, .admin]
                default: []
                }
            let may = Set(TokenRole.allCases.filter { $0.may(route.access) })
            #expect(may == expected, "\(route.method) \(route.path)")
            #expect(route.access.isFree(.refused) == (expected == everyone), "\(route.method) \(route.path)")
            #expect(route.access.isAudited == (route.method != .get && route.path.description != "/v1/events"))
        }
    }

    @Test func whatCannotBeATokenIsRefusedByName() throws {
        let folder = try TemporaryDirectory()
        var configuration = NodeConfiguration.HTTP()
        let path = folder.path + "/one"
        configuration.tokens = [try #require(HTTPToken("a:viewer=\(path)"))]
        #expect { try HTTPTokens(configuration) } throws: {
            "\($0)".contains(path) && "\($0)".contains("can't be read")
        }
        try "short".write(toFile: path, atomically: true, encoding: .utf8)
        #expect { try HTTPTokens(configuration) } throws: { "\($0)".contains("openssl rand") }
        try Self.secret(.viewer).write(toFile: path, atomically: true, encoding: .utf8)
        configuration.tokens.append(try #require(HTTPToken("b:admin=\(path)")))
        #expect { try HTTPTokens(configuration) } throws: { "\($0)".contains("a and b are the same") }
    }

    @Test func entriesAreReadBackAndWrongOnesAreNot() {
        for text in ["grafana:viewer=/etc/x", "a.b_c-1:admin=env:TOKEN=1", "p:producer=x"] {
            #expect(HTTPToken(text)?.description == text)
        }
        for text in [
            "", "viewer=/x", "a:viewer", "a:viewer=", "a:root=/x", ":viewer=/x", "a b:viewer=/x", "é:viewer=/x",
        ] {
            #expect(HTTPToken(text) == nil, "\(text)")
        }
    }
}
