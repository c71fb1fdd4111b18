import WeirCore

/// A part of a list, bounded in elements and bytes, with the place where the next part goes on.
public struct Page<Position: Sendable>: Sendable {
    /// Bytes of a page's elements, of which one may be larger: the page stays well below the largest message.
    public static var bytesMax: Int { 16 << 20 }

    /// JSON texts.
    public private(set) var elements: [[UInt8]] = []
    /// Of the last element.
    public private(set) var last: Position?
    private var bytes = 0
    private let limit: Int
    /// Whether more elements were offered than it holds.
    private var isCut = false

    public init(limit: Int) {
        self.limit = limit
    }

    /// Whether it is of use to offer another element: the one beyond the limit says that there is a next page.
    public var hasRoom: Bool { !isCut }

    public mutating func add(_ element: [UInt8], at position: Position) {
        guard elements.count < limit, elements.isEmpty || bytes + element.count <= Self.bytesMax else {
            isCut = true
            return
        }
        elements.append(element)
        bytes += element.count
        last = position
    }

    /// Where the next page goes on; nil when this is the last.
    public var next: Position? { isCut ? last : nil }

    /// `{"NAME":[…],"next_cursor":…}`
    public func json(_ name: String, cursor: (Position) -> String) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key(name)
            json.array { json in for element in elements { json.raw(element) } }
            json.member("next_cursor", next.map(cursor))
        }
        return json.bytes
    }
}
