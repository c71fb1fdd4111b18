import Foundation
import WeirCore
import WeirNode
import WeirWire

/// What a load test asks of the coordinator.
struct Cluster: Sendable {
    let url: String
    let security: TransportSecurity

    private static let patience = Duration.seconds(30)
    private static let flushPatience = Duration.seconds(600)
    private static let pageSize = 500

    /// The part of a status that a load test reads.
    struct Status: Decodable, Sendable {
        struct Events: Decodable, Sendable {
            var accepted: Int
            var counted: Int
            var duplicate: Int
            var quarantined: Int
            var quarantinedByReason: [String: Int]
        }

        struct Ingest: Decodable, Sendable {
            var lastFrame: Int
            var committedFrame: Int
        }

        var events: Events
        var watermark: String?
        var ingests: [Ingest]

        /// Everything acknowledged is counted.
        var isSettled: Bool { ingests.allSatisfy { $0.lastFrame == $0.committedFrame } }
    }

    func status() async throws(AdminFailure) -> Status {
        let json = try await ask(.status, patience: Self.patience)
        do {
            return try Self.decode(json, Status.self)
        } catch {
            throw .refused("its status can't be read (\(error)); run the same version on both sides")
        }
    }

    /// Closes all windows, and waits until their intents are carried out.
    func flush() async throws(AdminFailure) {
        _ = try await ask(.flush, patience: Self.flushPatience)
    }

    /// The newest record of each closed window of a type in a range, by start.
    func windows(
        _ type: WindowType,
        from: EventTime?,
        to: EventTime?
    ) async throws(AdminFailure) -> [EventTime: [UInt8]] {
        var records: [EventTime: [UInt8]] = [:]
        var after: WindowPosition?
        repeat {
            let query = WindowQuery(type: type, from: from, to: to, after: after, limit: Self.pageSize)
            let page = try await ask(.windows(query), patience: Self.patience)
            do {
                for record in JSONElements.objects(in: page, depth: 2) {
                    guard let start = EventTime(try Self.decode(record, Head.self).windowStart) else { continue }
                    records[start] = record
                }
                after = try Self.decode(page, Tail.self).nextCursor.flatMap { WindowPosition(cursor: $0) }
            } catch {
                throw .refused("its windows can't be read (\(error)); run the same version on both sides")
            }
        } while after != nil
        return records
    }

    private struct Head: Decodable {
        var windowStart: String
    }

    private struct Tail: Decodable {
        var nextCursor: String?
    }

    private static func decode<Value: Decodable>(_ json: [UInt8], _ type: Value.Type) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(json))
    }

    private func ask(_ request: AdminRequest, patience: Duration) async throws(AdminFailure) -> [UInt8] {
        let client: AdminClient
        do {
            client = try AdminClient(url: url, timeout: patience, security: security)
        } catch {
            throw .unreachable(url: url, .transport(error))
        }
        defer { client.close() }
        return try await client.ask(request)
    }
}
