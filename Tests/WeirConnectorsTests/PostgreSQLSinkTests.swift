import PostgreSQL
import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirConnectors

/// The intent of a record with two stages and a model.
private func intent(_ number: Int, revision: Int = 0, model: String = "claude", tokens: Int = 12) -> LeasedIntent {
    let start = EventTime(microseconds: Int64(number) * 5_000_000)
    let end = EventTime(microseconds: Int64(number + 1) * 5_000_000)
    let id = UUID128(namespace: .urlNamespace, name: "\(number)/\(revision)")
    let payload = """
        {"event_type":"GENERATION_METRICS_RECORDED","window_type":"streaming","window_start":"\(start)","window_end":"\(end)",\
        "revision":\(revision),"total_generations":3,"success_rate":null,"avg_duration_seconds":0.1,\
        "total_tokens":\(tokens),"estimates":[],\
        "stage_metrics":{"a":{"total_completed":2,"sum_duration_seconds":1.5},"b":{"total_completed":1}},\
        "model_metrics":{"\(model)":{"total_generations":3,"total_cost_usd":0.30000000000000004}},\
        "node_type_metrics":{},"failures_by_error_code":{"E1":4}}
        """
    let intent = Intent(
        id: id,
        correlationID: id,
        createdAt: EventTime(microseconds: 1_700_000_000_000_001),
        createdBy: "weir",
        targetTopic: "records",
        targetKey: "key",
        targetEventType: Intent.recordEventType,
        targetEventPayload: Array(payload.utf8),
        priority: 5,
        retry: nil
    )
    return LeasedIntent(id: id, correlationID: id, topic: "intents", json: intent.json, attempt: 1)
}

@Suite(.enabled(if: PostgreSQLServer.isInstalled, Comment(rawValue: PostgreSQLServer.hint)))
struct PostgreSQLSinkTests {
    let server: PostgreSQLServer

    init() throws { server = try PostgreSQLServer() }

    private func sink(_ node: String = "e1", schema: String = "weir", timeout: Duration = .seconds(10)) throws
        -> PostgreSQLSink
    {
        PostgreSQLSink(
            try PostgreSQLSettings(connection: server.connection, schema: schema, timeout: timeout),
            node: node
        )
    }

    @Test func anIntentIsOneRowHoweverOftenItComes() async throws {
        let (first, second) = (try sink("e1"), try sink("e2"))
        await withTaskGroup(of: (any Error)?.self) { group in
            for number in 0..<200 {
                for sink in [first, second, first] {
                    group.addTask {
                        do { try await sink.carryOut(intent(number)) } catch { return error }
                        return nil
                    }
                }
            }
            for await failure in group { #expect(failure == nil, "\(failure!)") }
        }
        #expect(try server.query("select count(*) from weir.intents") == ["200"])
        #expect(
            try server.query("select count(*), min(total_generations), sum(total_tokens) from weir.windows") == [
                "200|3|2400"
            ]
        )
        #expect(try server.query("select count(*) from weir.stages") == ["400"])
        #expect(
            try server.query("select error_code, sum(total_failed) from weir.latest_error_codes group by 1") == [
                "E1|800"
            ]
        )
        await first.close()
        await second.close()
    }

    @Test func numbersAreThoseOfTheRecordToTheBit() async throws {
        let sink = try sink()
        try await sink.carryOut(intent(1))
        #expect(
            try server.query("select m.total_cost_usd, success_rate is null from weir.models m, weir.windows") == [
                "0.30000000000000004|t"
            ]
        )
        #expect(try server.query("select avg_duration_seconds from weir.latest_windows") == ["0.1"])
        #expect(
            try server.query("select created_at at time zone 'UTC' from weir.intents") == ["2023-11-14 22:13:20.000001"]
        )
        await sink.close()
    }

    @Test func latestViewsShowTheNewestRevision() async throws {
        let sink = try sink()
        for (revision, tokens) in [(1, 20), (0, 10), (2, 30)] {
            try await sink.carryOut(intent(7, revision: revision, tokens: tokens))
        }
        #expect(try server.query("select revision, total_tokens from weir.latest_windows") == ["2|30"])
        #expect(try server.query("select revision, model from weir.latest_models") == ["2|claude"])
        #expect(try server.query("select count(*) from weir.windows") == ["3"])
        await sink.close()
    }

    @Test func anotherEventUnderTheSameIdIsRefusedAndTakesNothingWithIt() async throws {
        let sink = try sink()
        try await sink.carryOut(intent(1))
        async let other: Void = sink.carryOut(intent(2))
        await #expect(throws: PostgreSQLFailure.self) { try await sink.carryOut(intent(1, tokens: 13)) }
        try await other
        #expect(try server.query("select count(*), sum(total_tokens) from weir.windows") == ["2|24"])
        await sink.close()
    }

    @Test func oneThatTheServerCanNotHoldFailsAloneInItsBatch() async throws {
        let sink = try sink()
        let huge = String(repeating: "m", count: 3000)  // Its key is beyond what an index takes, unless it compresses.
        let incompressible = (0..<400).map { UUID128(namespace: .urlNamespace, name: "\($0)").description }.joined()
        var failures: [String] = []
        await withTaskGroup(of: String?.self) { group in
            for number in 0..<20 {
                let model = number == 7 ? huge + incompressible : "claude"
                group.addTask {
                    do { try await sink.carryOut(intent(number, model: model)) } catch { return "\(number): \(error)" }
                    return nil
                }
            }
            for await failure in group { if let failure { failures.append(failure) } }
        }
        #expect(failures.count == 1 && failures[0].hasPrefix("7: store intent"), "\(failures)")
        #expect(try server.query("select count(*) from weir.windows") == ["19"])
        await sink.close()
    }

    @Test func nullCharactersAreReplacedAndBackslashesAreNot() async throws {
        let sink = try sink()
        try await sink.carryOut(intent(1, model: "a\\u0000b\\\\u0000"))
        #expect(try server.query("select model from weir.models") == ["a\u{FFFD}b\\u0000"])
        await sink.close()
    }

    @Test func aServerThatCrashesIsUsedAgainWhenItIsBack() async throws {
        let sink = try sink(timeout: .seconds(5))
        try await sink.carryOut(intent(1))
        server.crash()
        let failure = try #require(await failure { try await sink.carryOut(intent(2)) } as? PostgreSQLFailure)
        #expect(failure.kind == .unavailable)
        #expect("\(failure)".contains("see that the server runs"), "\(failure)")
        for _ in 0..<3 {
            let refused = try #require(await self.failure { try await sink.carryOut(intent(2)) } as? PostgreSQLFailure)
            #expect(refused.kind == .unavailable && refused.doing == "connect", "\(refused)")
        }
        try server.start()
        try await sink.carryOut(intent(2))
        #expect(try server.query("select count(*) from weir.windows") == ["2"])
        await sink.close()
    }

    @Test func aServerThatHangsIsGivenUpInTimeAndNothingIsThereTwice() async throws {
        let sink = try sink(timeout: .seconds(2))
        try await sink.carryOut(intent(1))
        server.pause()
        let failure = try #require(await failure { try await sink.carryOut(intent(2)) } as? PostgreSQLFailure)
        #expect(failure.kind == .unavailable && failure.message.contains("no answer in time"), "\(failure)")
        server.resume()
        while await self.failure({ try await sink.carryOut(intent(2)) }) != nil {}
        #expect(try server.query("select count(*) from weir.windows") == ["2"])
        await sink.close()
    }

    @Test func schemasKeepClustersApartAndSeveralMayMakeOneAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                let sink = try sink("e\(number)", schema: number < 6 ? "weir" : "other")
                group.addTask {
                    try await sink.carryOut(intent(number))
                    await sink.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try server.query("select count(*) from weir.windows") == ["6"])
        #expect(try server.query("select count(*) from other.windows") == ["2"])
        #expect(try server.query("select count(*) from weir.migrations") == ["\(PostgreSQLSchema.migrations.count)"])
    }

    @Test func aSchemaOfANewerWeirIsLeftAlone() async throws {
        let first = try sink()
        try await first.carryOut(intent(1))
        try server.query("insert into weir.migrations values (1000)")
        let second = try sink()
        let failure = try #require(await failure { try await second.carryOut(intent(2)) } as? PostgreSQLFailure)
        #expect("\(failure)".contains("newer Weir"), "\(failure)")
        await first.close()
        await second.close()
    }

    @Test func whoMayNotCreateTheSchemaIsTold() async throws {
        try server.query("create role guest login")
        let connection = server.connection.replacing("user=weir", with: "user=guest")
        let sink = PostgreSQLSink(try PostgreSQLSettings(connection: connection), node: "e1")
        let failure = try #require(await failure { try await sink.carryOut(intent(1)) } as? PostgreSQLFailure)
        #expect("\(failure)".contains("permission denied") && "\(failure)".contains("grant the right"), "\(failure)")
        await sink.close()
    }

    private func failure(_ body: () async throws -> Void) async -> (any Error)? {
        do { try await body() } catch { return error }
        return nil
    }
}
