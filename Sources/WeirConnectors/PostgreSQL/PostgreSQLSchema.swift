import WeirCore

/// The tables and views that a ``PostgreSQLSink`` writes, and how a database comes to them.
///
/// Every intent is one row of `intents`, with its event whole; an intent of a record is also one row of `windows` and one for each of
/// its groups in `stages`, `models`, `node_types` and `error_codes`. Rows are added and never changed: a revision of a window is another
/// row. The `latest_…` views show the newest revision of each window, with the window's type and times in each row.
enum PostgreSQLSchema {
    /// Migrations in their order; the version of a database is how many of them it has had. A migration that was released is never
    /// changed: the next one mends it.
    static let migrations: [String] = [tables + views]

    /// Scalars of a record (SPEC 3) and their types, as columns of `windows` under the same names.
    private static let scalars: [(name: String, type: String)] = [
        ("total_generations", "bigint"), ("successful_generations", "bigint"), ("failed_generations", "bigint"),
        ("success_rate", "double precision"),
        ("avg_duration_seconds", "double precision"), ("min_duration_seconds", "double precision"),
        ("max_duration_seconds", "double precision"), ("p50_duration_seconds", "double precision"),
        ("p95_duration_seconds", "double precision"), ("p99_duration_seconds", "double precision"),
        ("avg_quality_score", "double precision"), ("avg_test_coverage", "double precision"),
        ("avg_complexity_score", "double precision"),
        ("total_tokens", "numeric"), ("total_cost_usd", "double precision"),
        ("avg_cost_per_generation", "double precision"),
        ("intelligence_enabled_count", "bigint"), ("avg_patterns_applied", "double precision"),
        ("workflow_ids_tracked", "bigint"), ("events_processed", "bigint"),
        ("estimates", "jsonb"),
    ]

    /// A breakdown of a record: a member whose keys are groups.
    private struct Breakdown {
        var table: String
        /// The column of the group's key.
        var key: String
        var member: String
        /// Members of a group, as columns under the same names.
        var columns: [(name: String, type: String)]
        /// Whether a group is a number, for the only column, and has no members.
        var isNumber = false

        /// What a column takes of a group `g`.
        func value(of column: (name: String, type: String)) -> String {
            isNumber ? "g.value::text::\(column.type)" : "(g.value->>'\(column.name)')::\(column.type)"
        }
    }

    private static let breakdowns = [
        Breakdown(
            table: "stages",
            key: "stage",
            member: "stage_metrics",
            columns: [
                ("total_completed", "bigint"), ("total_failed", "bigint"), ("sum_duration_seconds", "double precision"),
                ("avg_duration_seconds", "double precision"), ("p95_duration_seconds", "double precision"),
                ("unique_workflows", "bigint"),
            ]
        ),
        Breakdown(
            table: "models",
            key: "model",
            member: "model_metrics",
            columns: [
                ("total_generations", "bigint"), ("avg_duration_seconds", "double precision"),
                ("avg_quality_score", "double precision"), ("total_tokens", "numeric"),
                ("total_cost_usd", "double precision"), ("avg_cost_per_generation", "double precision"),
            ]
        ),
        Breakdown(
            table: "node_types",
            key: "node_type",
            member: "node_type_metrics",
            columns: [
                ("total_generations", "bigint"), ("avg_duration_seconds", "double precision"),
                ("avg_quality_score", "double precision"),
            ]
        ),
        Breakdown(
            table: "error_codes",
            key: "error_code",
            member: "failures_by_error_code",
            columns: [("total_failed", "bigint")],
            isNumber: true
        ),
    ]

    private static var tables: String {
        let intents = """
            create table intents (
                intent_id uuid primary key,
                correlation_id uuid not null,
                created_at timestamptz not null,
                created_by text not null,
                target_topic text not null,
                target_key text not null,
                target_event_type text not null,
                target_event_payload jsonb not null,
                priority smallint not null,
                retry_policy jsonb,
                stored_at timestamptz not null default now()
            );
            create index intents_by_type on intents (target_event_type, created_at);
            create table windows (
                intent_id uuid primary key references intents on delete cascade,
                window_type text not null,
                window_start timestamptz not null,
                window_end timestamptz not null,
                revision integer not null,
                \(scalars.map { "\($0.name) \($0.type)" }.joined(separator: ", ")),
                unique (window_type, window_start, revision)
            );

            """
        return intents
            + breakdowns.map { breakdown in
                """
                create table \(breakdown.table) (
                    intent_id uuid not null references windows on delete cascade,
                    \(breakdown.key) text not null,
                    \(breakdown.columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")),
                    primary key (intent_id, \(breakdown.key))
                );

                """
            }.joined()
    }

    /// Of a row `w` of `windows`: whether it is the newest revision.
    private static let isLatest = """
        not exists (
            select from windows newer
            where newer.window_type = w.window_type and newer.window_start = w.window_start
                and newer.revision > w.revision
        )
        """

    private static var views: String {
        let windows = """
            create view latest_windows as
                select w.*, i.created_at, i.target_event_payload as record
                from windows w join intents i using (intent_id)
                where \(isLatest);
            create view alerts as
                select intent_id, created_at,
                    (target_event_payload->>'incident_id')::uuid as incident_id,
                    target_event_payload->>'state' as state,
                    target_event_payload->>'rule' as rule,
                    target_event_payload->>'severity' as severity,
                    target_event_payload->>'group' as "group",
                    (target_event_payload->>'value')::double precision as value,
                    (target_event_payload->>'threshold')::double precision as threshold,
                    target_event_payload->>'window_type' as window_type,
                    (target_event_payload->>'window_start')::timestamptz as window_start,
                    target_event_payload->>'summary' as summary
                from intents where target_event_type = 'GENERATION_METRICS_ALERT';

            """
        return windows
            + breakdowns.map { breakdown in
                """
                create view latest_\(breakdown.table) as
                    select w.window_type, w.window_start, w.window_end, w.revision, g.*
                    from \(breakdown.table) g join windows w using (intent_id)
                    where \(isLatest);

                """
            }.joined()
    }

    /// Adds an intent, `$1` as JSON, and what is read out of its event, unless an intent of its id is there. One row: the id, if it was
    /// added.
    static func addIntent(schema: String) -> String {
        let groups = breakdowns.map { breakdown in
            let names = breakdown.columns.map(\.name).joined(separator: ", ")
            let values = breakdown.columns.map(breakdown.value(of:)).joined(separator: ", ")
            return """
                , added_\(breakdown.table) as (
                    insert into \(schema).\(breakdown.table) (intent_id, \(breakdown.key), \(names))
                    select intent_id, g.key, \(values)
                    from added_window cross join lateral jsonb_each(record->'\(breakdown.member)') g
                )
                """
        }.joined()
        let values = scalars.map { $0.type == "jsonb" ? "record->'\($0.name)'" : "(record->>'\($0.name)')::\($0.type)" }
        return """
            with given as (
                select $1::jsonb as intent
            ), added as (
                insert into \(schema).intents (
                    intent_id, correlation_id, created_at, created_by, target_topic, target_key, target_event_type,
                    target_event_payload, priority, retry_policy
                )
                select (intent->>'intent_id')::uuid, (intent->>'correlation_id')::uuid, (intent->>'created_at')::timestamptz,
                    intent->>'created_by', intent->>'target_topic', intent->>'target_key', intent->>'target_event_type',
                    intent->'target_event_payload', (intent->>'priority')::smallint, nullif(intent->'retry_policy', 'null')
                from given
                on conflict (intent_id) do nothing
                returning intent_id, target_event_type, target_event_payload as record
            ), window_row as (
                insert into \(schema).windows (
                    intent_id, window_type, window_start, window_end, revision, \(scalars.map(\.name).joined(separator: ", "))
                )
                select intent_id, record->>'window_type', (record->>'window_start')::timestamptz,
                    (record->>'window_end')::timestamptz, (record->>'revision')::integer, \(values.joined(separator: ", "))
                from added where target_event_type = '\(Intent.recordEventType)'
                returning intent_id
            ), added_window as (
                select intent_id, record from window_row join added using (intent_id)
            )\(groups)
            select intent_id from added
            """
    }

    /// Whether the intent of `$1` stands there as it is given. One row of `t` or `f`; none if there is none.
    static func comparesIntent(schema: String) -> String {
        """
        select stored.target_event_payload = $1::jsonb->'target_event_payload'
        from \(schema).intents stored where stored.intent_id = ($1::jsonb->>'intent_id')::uuid
        """
    }
}
