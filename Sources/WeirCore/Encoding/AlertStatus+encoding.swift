extension AlertStatus {
    private static let version: UInt8 = 1

    /// Everything but the key, which stores hold beside it.
    public var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        switch machine.state {
        case .ok: writer.byte(0)
        case .pending(let since):
            writer.byte(1)
            writer.time(since)
        case .firing(let incident):
            writer.byte(2)
            writer.incident(incident)
        case .resolved(let incident):
            writer.byte(3)
            writer.incident(incident)
        }
        writer.flag(machine.lastIncident != nil)
        if let incident = machine.lastIncident { writer.incident(incident) }
        writer.time(since)
        writer.byte(window.type.rawValue)
        writer.time(window.start)
        writer.count(revision)
        writer.double(value)
        writer.count(weight)
        writer.flag(baseline != nil)
        if let baseline { writer.double(baseline) }
        writer.count(past.count)
        for sample in past {
            writer.time(sample.start)
            writer.double(sample.value)
            writer.count(sample.weight)
        }
        return writer.bytes
    }

    public init(key: AlertKey, decoding bytes: [UInt8]) throws(DecodingFailure) {
        let result: Result<AlertStatus, DecodingFailure> = bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            do throws(DecodingFailure) {
                let status = try AlertStatus(key: key, decoding: &reader)
                guard reader.isAtEnd else { return .failure(.invalid("\(reader.remaining) bytes after an alert")) }
                return .success(status)
            } catch { return .failure(error) }
        }
        self = try result.get()
    }

    private init(key: AlertKey, decoding reader: inout ByteReader) throws(DecodingFailure) {
        let version = try reader.byte()
        guard version == Self.version else { throw .version(found: Int(version), supported: Int(Self.version)) }
        let state: AlertStateMachine.State
        switch try reader.byte() {
        case 0: state = .ok
        case 1: state = .pending(since: try reader.time())
        case 2: state = .firing(try reader.incident())
        case 3: state = .resolved(try reader.incident())
        case let code: throw .invalid("alert state \(code)")
        }
        let last: AlertIncident? = try reader.flag() ? try reader.incident() : nil
        let since = try reader.time()
        let code = try reader.byte()
        guard let type = WindowType(rawValue: code) else { throw .invalid("window type \(code)") }
        self.init(key: key, window: Window(type: type, start: try reader.time()))
        machine = AlertStateMachine(state: state, lastIncident: last)
        self.since = since
        revision = try reader.number()
        value = try reader.double()
        weight = try reader.number()
        baseline = try reader.flag() ? try reader.double() : nil
        for _ in 0..<(try reader.count(each: 17)) {
            past.append(
                PastSample(start: try reader.time(), value: try reader.double(), weight: try reader.number())
            )
        }
    }
}

extension ByteWriter {
    fileprivate mutating func incident(_ incident: AlertIncident) {
        time(incident.start)
        count(incident.number)
    }
}

extension ByteReader {
    fileprivate mutating func incident() throws(DecodingFailure) -> AlertIncident {
        AlertIncident(start: try time(), number: try number())
    }
}
