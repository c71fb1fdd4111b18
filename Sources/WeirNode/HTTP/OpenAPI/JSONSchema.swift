import WeirCore

/// A JSON Schema (2020-12), as far as the OpenAPI document needs it.
indirect enum JSONSchema: Sendable {
    case string(format: String? = nil, pattern: String? = nil, example: String? = nil)
    case oneOf([String], standard: String? = nil)
    case integer(minimum: Int? = nil, maximum: Int? = nil, standard: Int? = nil)
    case number
    case boolean
    case array(JSONSchema)
    /// All members are required, unless named as optional.
    case object([(String, JSONSchema)], optional: Set<String> = [])
    /// An object whose members have any name.
    case map(JSONSchema)
    /// A schema of the components.
    case reference(String)
    case nullable(JSONSchema)
    /// One of several schemas.
    case either([JSONSchema])
    case anything

    static var moment: JSONSchema { .string(format: "date-time") }
    static var uuid: JSONSchema { .string(format: "uuid") }
    static var text: JSONSchema { .string() }
    static var count: JSONSchema { .integer(minimum: 0) }

    func write(into json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .string(let format, let pattern, let example):
                json.member("type", "string")
                if let format { json.member("format", format) }
                if let pattern { json.member("pattern", pattern) }
                if let example { json.member("example", example) }
            case .oneOf(let names, let standard):
                json.member("type", "string")
                json.key("enum")
                json.array { json in for name in names { json.value(name) } }
                if let standard { json.member("default", standard) }
            case .integer(let minimum, let maximum, let standard):
                json.member("type", "integer")
                if let minimum { json.member("minimum", minimum) }
                if let maximum { json.member("maximum", maximum) }
                if let standard { json.member("default", standard) }
            case .number: json.member("type", "number")
            case .boolean: json.member("type", "boolean")
            case .array(let element):
                json.member("type", "array")
                json.key("items")
                element.write(into: &json)
            case .object(let members, let optional):
                json.member("type", "object")
                json.key("properties")
                json.object { json in
                    for (name, schema) in members {
                        json.key(name)
                        schema.write(into: &json)
                    }
                }
                json.key("required")
                json.array { json in for (name, _) in members where !optional.contains(name) { json.value(name) } }
            case .map(let element):
                json.member("type", "object")
                json.key("additionalProperties")
                element.write(into: &json)
            case .reference(let name): json.member("$ref", "#/components/schemas/\(name)")
            case .nullable(let schema):
                json.key("anyOf")
                json.array { json in
                    schema.write(into: &json)
                    json.object { $0.member("type", "null") }
                }
            case .either(let schemas):
                json.key("anyOf")
                json.array { json in for schema in schemas { schema.write(into: &json) } }
            case .anything: break
            }
        }
    }
}
