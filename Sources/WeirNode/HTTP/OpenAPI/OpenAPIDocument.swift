import WeirCore

/// The OpenAPI 3.1 document, written from the routes themselves.
enum OpenAPIDocument {
    static func route(describing routes: [APIRoute], protection: APIProtection) -> APIRoute {
        var route = APIRoute(
            method: .get,
            path: "/openapi.json",
            id: "getOpenAPI",
            group: "node",
            summary: "This document",
            answers: [.init(summary: "OpenAPI 3.1", schema: .map(.anything))],
            access: .open,
            handle: { _ throws(Problem) in throw Problem(.internalError, "replaced below") }
        )
        let json = json(of: routes + [route], protection: protection)
        route.handle = { _ throws(Problem) in .json(json) }
        return route
    }

    static func json(of routes: [APIRoute], protection: APIProtection) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("openapi", "3.1.0")
            json.key("info")
            json.object { json in
                json.member("title", "Weir")
                json.member("version", WeirVersion.current)
                json.member(
                    "description",
                    "Exact metrics of code generation workflows, by window. Moments are RFC 3339 in UTC. Lists come in pages: send next_cursor as cursor for the next one. Errors are RFC 9457 problem details."
                )
                json.key("license")
                json.object { json in
                    json.member("name", "Apache 2.0")
                    json.member("identifier", "Apache-2.0")
                }
            }
            json.key("paths")
            json.object { json in
                var paths: [APIPath] = []
                for route in routes where !paths.contains(route.path) { paths.append(route.path) }
                for path in paths {
                    json.key(path.description)
                    json.object { json in
                        for route in routes where route.path == path {
                            json.key(route.method.rawValue.lowercased())
                            write(route, protection: protection, into: &json)
                        }
                    }
                }
            }
            json.key("components")
            json.object { json in
                json.key("securitySchemes")
                json.object { json in
                    json.key("token")
                    json.object { json in
                        json.member("type", "http")
                        json.member("scheme", "bearer")
                        json.member(
                            "description",
                            "A token of the node (http.tokens, http.token_file). Each operation names the roles that may. Not needed where the node has none."
                        )
                    }
                }
                json.key("schemas")
                json.object { json in
                    for (name, schema) in ResponseSchemas.all {
                        json.key(name)
                        schema.write(into: &json)
                    }
                }
            }
        }
        return json.bytes
    }

    private static func write(_ route: APIRoute, protection: APIProtection, into json: inout JSONWriter) {
        json.object { json in
            json.member("operationId", route.id)
            json.key("tags")
            json.array { $0.value(route.group) }
            json.member("summary", route.summary)
            if !route.details.isEmpty { json.member("description", route.details) }
            if protection.hasTokens, route.access != .open {
                json.key("security")
                json.array { json in
                    // Of several, one is enough; the empty one is no token at all.
                    if route.access.isFree(protection.anonymousReads) { json.object { _ in } }
                    for role in route.access.roles {
                        json.object { json in
                            json.key("token")
                            json.array { $0.value(role.rawValue) }
                        }
                    }
                }
            }
            if !route.parameters.isEmpty {
                json.key("parameters")
                json.array { json in
                    for parameter in route.parameters {
                        json.object { json in
                            json.member("name", parameter.name)
                            json.member("in", parameter.location.rawValue)
                            json.member("required", parameter.location == .path)
                            json.member("description", parameter.summary)
                            json.key("schema")
                            parameter.schema.write(into: &json)
                        }
                    }
                }
            }
            if let body = route.body {
                json.key("requestBody")
                json.object { json in
                    json.member("description", body.summary)
                    json.member("required", false)
                    json.key("content")
                    json.object { json in
                        for content in body.contents { write(content.type, content.schema, into: &json) }
                    }
                }
            }
            json.key("responses")
            json.object { json in
                for answer in route.answers {
                    json.key("\(answer.status.code)")
                    json.object { json in
                        json.member("description", answer.summary)
                        json.key("content")
                        json.object { json in write(answer.contentType, answer.schema, into: &json) }
                    }
                }
                writeProblems(route, into: &json)
            }
        }
    }

    private static func writeProblems(_ route: APIRoute, into json: inout JSONWriter) {
        let taken = Set(route.answers.map(\.status.code))
        let byStatus = Dictionary(grouping: route.allProblems, by: \.status.code).filter { !taken.contains($0.key) }
        for (status, kinds) in byStatus.sorted(by: { $0.key < $1.key }) {
            json.key("\(status)")
            json.object { json in
                json.member("description", kinds.map { "\($0.title) (\($0.rawValue))" }.joined(separator: "; "))
                json.key("content")
                json.object { json in write(Problem.contentType, .reference("Problem"), into: &json) }
            }
        }
    }

    private static func write(_ type: String, _ schema: JSONSchema, into json: inout JSONWriter) {
        json.key(type)
        json.object { json in
            json.key("schema")
            schema.write(into: &json)
        }
    }
}
