import Testing

@testable import WeirNode

@Suite struct APIPathTests {
    @Test func parametersAreDecodedAndOtherPathsDoNotMatch() {
        let path: APIPath = "/v1/windows/{type}/{start}"
        #expect(
            path.match("/v1/windows/hourly/2026-11-03T00%3A00%3A00Z") == [
                "type": "hourly", "start": "2026-11-03T00:00:00Z",
            ]
        )
        for other in [
            "/v1/windows/hourly", "/v1/windows/hourly/a/b", "/v1/windows/hourly/a/", "/v1//windows/hourly/a",
            "v1/windows/a/b", "/v1/windows/a/%zz",
        ] {
            #expect(path.match(other) == nil, "\(other)")
        }
    }

    @Test func everyRouteIsInTheDocumentAndNothingElse() throws {
        let document = try OpenAPIFixture()
        let documented = document.operations.map { "\($0.method) \($0.path)" }
        let routes = OpenAPIFixture.routes.map { "\($0.method.rawValue.lowercased()) \($0.path)" }
        #expect(Set(documented) == Set(routes) && documented.count == routes.count)
        let ids = document.operations.compactMap { $0.operation["operationId"] as? String }
        #expect(Set(ids).count == routes.count)
    }

    @Test func everyParameterAnswerAndProblemIsDocumented() throws {
        let document = try OpenAPIFixture()
        for route in OpenAPIFixture.routes {
            let operation = try #require(document.operation(route))
            let parameters = operation["parameters"] as? [[String: Any]] ?? []
            #expect(parameters.compactMap { $0["name"] as? String } == route.parameters.map(\.name))
            let inPath = route.path.description.split(separator: "/").filter { $0.hasPrefix("{") }
            #expect(
                inPath.map { String($0.dropFirst().dropLast()) }
                    == route.parameters.filter { $0.location == .path }.map(\.name)
            )
            let responses = Set((operation["responses"] as? [String: Any] ?? [:]).keys)
            let expected = route.answers.map { "\($0.status.code)" } + route.allProblems.map { "\($0.status.code)" }
            #expect(responses == Set(expected))
            let security = operation["security"] as? [[String: [String]]]
            #expect((security != nil) == (route.access != .open))
            let roles = security?.compactMap { $0["token"] } ?? []
            #expect(route.access == .open || roles == route.access.roles.map { [$0.rawValue] })
            #expect(security?.contains([:]) ?? true == route.access.isFree(OpenAPIFixture.protection.anonymousReads))
            #expect(!route.summary.isEmpty)
        }
    }

    @Test func everySchemaThatIsReferredToIsThere() throws {
        let document = try OpenAPIFixture()
        let names = Set(ResponseSchemas.all.map(\.0))
        #expect(document.references == names)
    }

    @Test func whatReadsFromTheStoreAloneNeedsNoToken() {
        for route in OpenAPIFixture.routes { #expect(route.access.isFree(.allowed) == (route.method == .get)) }
    }
}
