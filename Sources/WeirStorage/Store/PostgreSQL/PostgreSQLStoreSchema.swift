/// The tables of the coordinator's store in PostgreSQL: those of ``SQLiteSchema`` under the same names, so that the statements are the
/// same. Times are microseconds since 1970.
///
/// Text that others give (addresses, keys of groups, reasons) lies in `bytea`: it may hold U+0000, which `text` can't. Names sort by their
/// bytes, whatever the locale of the database.
enum PostgreSQLStoreSchema {
    /// SQLSTATE of what a process writes that is not, or no longer, the leader. A class of its own, as PostgreSQL's manual allows.
    static let deposedState = "WR001"

    /// Takes the lease in a new term, if nobody has it, or the same process; what the holder before it has under way is over when this
    /// returns, as both lock the row.
    static let acquire = """
        UPDATE leadership SET
            term = term + 1, holder = $1, name = $2, url = $3, election = '\(ownElection)',
            expires_at = clock_timestamp() + CAST($4 AS bigint) * interval '1 microsecond'
        WHERE expires_at <= clock_timestamp() OR holder = $1
        RETURNING term
        """
    /// Who has it: no row for nobody.
    static let holder = "SELECT name, url, holder, election FROM leadership WHERE expires_at > clock_timestamp()"
    /// Ends transactions of a leader whose lease is over, which it holds the row with.
    static let endDeposed = endDeposed(where: "expires_at <= clock_timestamp()")

    /// The name of the election that is held in the row itself.
    static let ownElection = "postgresql"

    /// Takes the lease in a new term for who was elected elsewhere.
    static let claim = """
        UPDATE leadership SET
            term = term + 1, holder = $1, election = $2, revision = $3, name = $5, url = $6,
            expires_at = clock_timestamp() + CAST($7 AS bigint) * interval '1 microsecond'
        WHERE \(mayClaim)
        RETURNING term
        """
    /// Likewise to ``endDeposed``, before a claim.
    static let endOutvoted = endDeposed(where: "holder <> $1 AND \(mayClaim)")
    /// The number of the last claim of an election: no row when the last leader was elected otherwise.
    static let claimed = "SELECT revision FROM leadership WHERE election = $1"

    /// Within an election the later one has the greater number, and its lease is that of the election. Who was elected otherwise is waited for.
    /// Parameters: 1 the instance, 2 the election, 3 its number, 4 a number that is known to be of no account, or null.
    private static let mayClaim = """
        CASE WHEN election = $2 THEN revision < $3 OR revision = $4 OR (revision = $3 AND holder = $1)
        ELSE expires_at <= clock_timestamp() END
        """

    /// A process that stands still in the middle of a transaction, or whose host is cut off, would hold the row for hours: in a pipeline none of
    /// the server's time limits counts. Its role may end its own sessions.
    private static func endDeposed(where condition: String) -> String {
        """
        SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE relation = 'leadership'::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND mode = 'RowShareLock' AND granted AND pid <> pg_backend_pid()
            AND EXISTS (SELECT 1 FROM leadership WHERE \(condition))
        """
    }

    /// Prolongs it, if it is still of this term.
    static let renew = """
        UPDATE leadership SET expires_at = clock_timestamp() + CAST($1 AS bigint) * interval '1 microsecond'
        WHERE term = $2 AND holder = $3
        RETURNING term
        """
    static let release = "UPDATE leadership SET expires_at = '-infinity' WHERE term = $1 AND holder = $2 RETURNING term"
    /// The first statement of every transaction.
    static let fence = "SELECT hold_term($1)"

    /// Migrations in their order. One that was released is never changed: the next one mends it.
    static let migrations: [String] = [leadership + tables, elections]

    /// Who leads. The term only grows; each transaction of a leader holds its row to its end, and fails when the term is another.
    ///
    /// `FOR KEY SHARE` waits for a change of the key alone, which the term is: prolonging the lease and storing do not hold each other up.
    private static let leadership = """
        CREATE TABLE leadership (
            term bigint PRIMARY KEY,
            id integer NOT NULL UNIQUE DEFAULT 1 CHECK (id = 1),
            holder text NOT NULL DEFAULT '',
            name text NOT NULL DEFAULT '',
            url bytea NOT NULL DEFAULT '',
            expires_at timestamptz NOT NULL DEFAULT '-infinity'
        );
        INSERT INTO leadership (term) VALUES (0);
        CREATE FUNCTION hold_term(own bigint) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
        BEGIN
            PERFORM 1 FROM leadership WHERE term = own FOR KEY SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'term % is over', own USING ERRCODE = '\(deposedState)';
            END IF;
        END
        $body$;
        """

    /// By which election the last leader was elected, and its number in an election outside of the database.
    private static let elections = """
        ALTER TABLE leadership
            ADD COLUMN election text NOT NULL DEFAULT '\(ownElection)',
            ADD COLUMN revision bigint NOT NULL DEFAULT 0;
        """

    private static let tables = """
        CREATE TABLE cluster (
            id integer PRIMARY KEY CHECK (id = 1),
            format bigint NOT NULL,
            contract text NOT NULL,
            shards bigint NOT NULL,
            pane_ms bigint NOT NULL,
            epoch bigint NOT NULL DEFAULT 0,
            watermark bigint
        );
        CREATE TABLE epoch_worker (
            position bigint PRIMARY KEY, worker text COLLATE "C" NOT NULL, incarnation bigint NOT NULL, url bytea NOT NULL
        );
        CREATE TABLE epoch_shard (shard bigint PRIMARY KEY, owner bigint NOT NULL);
        CREATE TABLE drained_node (name text COLLATE "C" PRIMARY KEY);
        CREATE TABLE epoch_position (
            ingest text COLLATE "C" NOT NULL, shard bigint NOT NULL, sequence bigint NOT NULL, PRIMARY KEY (ingest, shard)
        );
        CREATE TABLE worker_progress (worker text COLLATE "C" PRIMARY KEY, commit_number bigint NOT NULL);
        CREATE TABLE worker_input (
            worker text COLLATE "C" NOT NULL, ingest text COLLATE "C" NOT NULL, sequence bigint NOT NULL, newest bigint,
            is_idle bigint NOT NULL, PRIMARY KEY (worker, ingest)
        );
        CREATE TABLE tally (name text COLLATE "C" PRIMARY KEY, count bigint NOT NULL);
        CREATE TABLE "window" (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            type bigint NOT NULL,
            start bigint NOT NULL,
            state text NOT NULL,
            revision bigint NOT NULL,
            aggregate bytea,
            record text,
            intent_id text COLLATE "C",
            UNIQUE (type, start)
        );
        CREATE INDEX window_open ON "window" (type, start) WHERE state IN ('pending', 'processing');
        CREATE INDEX window_pane ON "window" (start) WHERE type = 0 AND aggregate IS NOT NULL;
        CREATE TABLE window_transition (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, type bigint NOT NULL, start bigint NOT NULL,
            revision bigint NOT NULL, from_state text, to_state text NOT NULL, cause text NOT NULL, at bigint NOT NULL
        );
        CREATE INDEX window_transition_window ON window_transition (type, start);
        CREATE TABLE intent (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id text COLLATE "C" NOT NULL UNIQUE,
            correlation_id text NOT NULL,
            type bigint NOT NULL,
            start bigint NOT NULL,
            revision bigint NOT NULL,
            priority bigint NOT NULL,
            state text NOT NULL,
            attempts bigint NOT NULL DEFAULT 0,
            available_at bigint NOT NULL,
            created_at bigint NOT NULL,
            json text NOT NULL
        );
        CREATE INDEX intent_state ON intent (state, number);
        CREATE INDEX intent_window ON intent (type, start, revision);
        CREATE TABLE intent_result (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, intent_id text COLLATE "C" NOT NULL, attempt bigint NOT NULL,
            executor text NOT NULL, executed_at bigint NOT NULL, success bigint NOT NULL, error bytea, duration_us bigint NOT NULL
        );
        CREATE INDEX intent_result_intent ON intent_result (intent_id);
        CREATE TABLE quarantine (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ingest text NOT NULL, sequence bigint NOT NULL,
            line bigint NOT NULL, reason text NOT NULL, detail bytea NOT NULL, bytes bytea NOT NULL, stored_at bigint NOT NULL
        );
        CREATE TABLE quarantine_replay (id bigint PRIMARY KEY, at bigint NOT NULL);
        CREATE TABLE epoch_history (epoch bigint PRIMARY KEY, began_at bigint NOT NULL, workers text NOT NULL, owners bytea NOT NULL);
        CREATE TABLE contribution (
            type bigint NOT NULL, start bigint NOT NULL, epoch bigint NOT NULL, worker text COLLATE "C" NOT NULL,
            first_commit bigint NOT NULL, last_commit bigint NOT NULL, commits bigint NOT NULL, events bigint NOT NULL,
            PRIMARY KEY (type, start, epoch, worker)
        );
        CREATE TABLE contribution_input (
            type bigint NOT NULL, start bigint NOT NULL, epoch bigint NOT NULL, worker text COLLATE "C" NOT NULL,
            ingest text COLLATE "C" NOT NULL, first_frame bigint NOT NULL, last_frame bigint NOT NULL,
            PRIMARY KEY (type, start, epoch, worker, ingest)
        );
        CREATE TABLE compaction (inner_type bigint PRIMARY KEY, bound bigint NOT NULL);
        CREATE TABLE alert_rule (rule text COLLATE "C" PRIMARY KEY, subject text NOT NULL, newest bigint NOT NULL);
        CREATE TABLE alert (
            rule text COLLATE "C" NOT NULL, has_group bigint NOT NULL, group_key bytea NOT NULL, state text NOT NULL,
            status bytea NOT NULL, PRIMARY KEY (rule, has_group, group_key)
        );
        CREATE TABLE alert_transition (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, rule text NOT NULL, group_key bytea, from_state text NOT NULL,
            to_state text NOT NULL, cause text NOT NULL, type bigint NOT NULL, start bigint NOT NULL, revision bigint NOT NULL,
            value double precision NOT NULL, at bigint NOT NULL
        );
        """
}
