import PostgreSQL
import Testing

struct PostgreSQLSettingsTests {
    @Test(arguments: [
        "postgresql://weir:hunter2@db/metrics", "host=db password=hunter2", "host=db sslpassword=hunter2",
        "postgresql://weir@db/metrics?password=hunter2", "postgresql://weir:hunter2@[db", "host=db hunter2",
    ])
    func secretsAndNonsenseAreRefusedWithoutARepetition(text: String) throws {
        let problem = try #require(PostgreSQLSettings.problem(ofConnection: text))
        #expect(!problem.contains("hunter2"), "\(problem)")
    }

    @Test func aPlaceSaysWhereAndNotAsWhom() throws {
        #expect(
            try PostgreSQLSettings(connection: "postgresql://weir@db.example.org:5433/metrics?sslmode=verify-full")
                .place
                == "postgresql://db.example.org:5433/metrics"
        )
        #expect(
            try PostgreSQLSettings(connection: "host=/run/postgresql dbname=m").place
                == "postgresql:///run/postgresql/m"
        )
    }

    @Test func schemasAreLowerCaseIdentifiers() {
        for name in ["weir", "weir_2", "_w", String(repeating: "w", count: 63)] {
            #expect(PostgreSQLSettings.isSchemaName(name))
        }
        for name in ["", "Weir", "2weir", "pg_weir", "we ir", "w;drop", "wéir", String(repeating: "w", count: 64)] {
            #expect(!PostgreSQLSettings.isSchemaName(name))
        }
    }
}
