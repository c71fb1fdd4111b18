import Foundation
import WeirCore

/// A window that closed, as the coordinator tells it.
struct Emission: Sendable, Equatable {
    /// Its place in the order in which windows closed.
    var number: UInt64
    var windowType: String
    /// As a server-sent event.
    var event: [UInt8]
}

/// The coordinator's answer to a question for emissions.
struct EmissionPage: Sendable {
    var last: UInt64
    var emissions: [Emission]

    /// Nil for JSON of something else.
    init?(json: [UInt8]) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let answer = try? decoder.decode(Answer.self, from: Data(json)) else { return nil }
        last = answer.last
        let records = JSONElements.objects(in: json, depth: 2)
        guard records.count == answer.emissions.count else { return nil }
        emissions = zip(answer.emissions, records).map { head, element in
            // The record is the last member: its text, as it came, ends before the element's last brace.
            let key = Array("\"record\":".utf8)
            let start = element.indices.first { element[$0...].starts(with: key) } ?? element.startIndex
            var event = Array("id: \(head.number)\nevent: window\ndata: ".utf8)
            event += element[(start + key.count)...].dropLast()
            event += [0x0A, 0x0A]
            return Emission(number: head.number, windowType: head.record.windowType, event: event)
        }
    }

    private struct Answer: Decodable {
        struct Head: Decodable {
            struct Record: Decodable {
                var windowType: String
            }
            var number: UInt64
            var record: Record
        }
        var last: UInt64
        var emissions: [Head]
    }
}
