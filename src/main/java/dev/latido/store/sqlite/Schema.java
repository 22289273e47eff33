package dev.latido.store.sqlite;

import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The tables, and how those of older versions become them. The version of a file is the number of steps that were taken,
 * in {@code PRAGMA user_version}. A step that was released is never changed; what is new comes as a further step.
 *
 * <p>An execution is two rows. What it is, with its payload, is written once and deleted once; how it stands is a small
 * row that may change often. One that is queued where it was accepted has no second row.
 */
final class Schema {

    /** Marks a SQLite file as ours, in {@code PRAGMA application_id}: "LATI". */
    static final int APPLICATION_ID = 0x4C415449;

    /** The states by the numbers that stand in the file. */
    static final List<ExecutionState> STATES = List.of(
            ExecutionState.WAITING,
            ExecutionState.QUEUED,
            ExecutionState.RUNNING,
            ExecutionState.SUCCEEDED,
            ExecutionState.FAILED,
            ExecutionState.CANCELLED,
            ExecutionState.DROPPED,
            ExecutionState.RETURNED);

    /** The priorities by the numbers that stand in the file. */
    static final List<Priority> PRIORITIES = List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.CRITICAL);

    /** In {@code execution_state.flags}: it is to be cancelled. */
    static final int CANCELLED = 1;

    /** In {@code execution_state.flags}: only its fallback is left to try. */
    static final int FINAL = 2;

    /** In {@code execution_state.flags}: its worker runs inside the process. */
    static final int INSIDE = 4;

    /** In {@code execution_state.flags}: its result is only the beginning of what its worker gave. */
    static final int RESULT_CUT = 8;

    /** In {@code execution_state.flags}: its broker is still to be told how it ended. */
    static final int OWED = 16;

    /** The view of executions as people want to see them. */
    private static final String VIEW = """
            CREATE VIEW executions AS          -- for people
            SELECT %s AS id,
              job.name AS job,
              CASE coalesce(s.state, 1) WHEN 0 THEN 'waiting' WHEN 1 THEN 'queued' WHEN 2 THEN 'running'
                WHEN 3 THEN 'succeeded' WHEN 4 THEN 'failed' WHEN 5 THEN 'cancelled' WHEN 6 THEN 'dropped'
                WHEN 7 THEN 'returned' END AS state,
              CASE e.priority WHEN 0 THEN 'low' WHEN 1 THEN 'normal' WHEN 2 THEN 'high' WHEN 3 THEN 'critical' END
                AS priority,
              coalesce(s.attempt, 0) AS attempt,
              coalesce(s.crashes, 0) AS crashes,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', e.created_at / 1000.0, 'unixepoch') AS created_at,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', nullif(s.due_at, 0) / 1000.0, 'unixepoch') AS due_at,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', nullif(s.started_at, 0) / 1000.0, 'unixepoch') AS started_at,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', nullif(s.ended_at, 0) / 1000.0, 'unixepoch') AS ended_at,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', nullif(e.expires_at, 0) / 1000.0, 'unixepoch') AS expires_at,
              s.note AS note, s.error AS error, s.failures AS failures, e.payload AS payload, s.result AS result, e.trace AS trace,
              e.origin AS origin
            FROM execution e JOIN job ON job.number = e.job LEFT JOIN execution_state s ON s.id = e.id""".formatted(idText("e.id"));

    /** Every step's statements. */
    static final List<List<String>> STEPS = List.of(
            List.of("""
            CREATE TABLE meta (
              only INTEGER PRIMARY KEY CHECK (only = 1),
              sequence INTEGER NOT NULL,       -- number of the newest commit
              hash INTEGER NOT NULL,           -- of all commits up to it
              paused_at INTEGER NOT NULL       -- when everything was paused, 0 when it is not
            ) STRICT""", "INSERT INTO meta VALUES (1, 0, 0, 0)", """
            CREATE TABLE job (
              number INTEGER PRIMARY KEY,
              name TEXT NOT NULL UNIQUE,
              is_running INTEGER NOT NULL,
              is_closed INTEGER NOT NULL,
              stopped_at INTEGER NOT NULL,     -- times are milliseconds since 1970-01-01 UTC, 0 for never
              ticked_at INTEGER NOT NULL,      -- when the latest tick was due
              execution_count INTEGER NOT NULL,
              last_execution_at INTEGER NOT NULL,
              accepted INTEGER NOT NULL,
              succeeded INTEGER NOT NULL,
              failed INTEGER NOT NULL,
              cancelled INTEGER NOT NULL,
              dropped INTEGER NOT NULL,
              refused INTEGER NOT NULL,
              ticks_coalesced INTEGER NOT NULL,
              ticks_missed INTEGER NOT NULL,
              retried INTEGER NOT NULL,
              concurrency INTEGER NOT NULL,    -- 0: as configured
              rate_limit TEXT NOT NULL         -- empty: as configured
            ) STRICT""", """
            CREATE TABLE execution (           -- what an execution is
              id INTEGER PRIMARY KEY,
              job INTEGER NOT NULL,            -- job.number
              priority INTEGER NOT NULL,       -- 0 low, 1 normal, 2 high, 3 critical
              created_at INTEGER NOT NULL,
              is_tick INTEGER NOT NULL,
              place INTEGER NOT NULL,          -- in the order of its queue
              expires_at INTEGER NOT NULL,
              payload TEXT,                    -- JSON
              trace TEXT                       -- W3C traceparent of what handed it in
            ) STRICT""", """
            CREATE TABLE execution_state (     -- how it stands; no row: queued, never tried
              id INTEGER PRIMARY KEY,          -- execution.id
              state INTEGER NOT NULL,          -- see the view executions
              place INTEGER NOT NULL,
              attempt INTEGER NOT NULL,
              crashes INTEGER NOT NULL,        -- how often it was running when the process died
              is_cancelled INTEGER NOT NULL,
              due_at INTEGER NOT NULL,
              started_at INTEGER NOT NULL,
              ended_at INTEGER NOT NULL,
              note TEXT,
              result TEXT,                     -- JSON
              error TEXT,
              handovers TEXT,                  -- names of jobs that have not taken the result yet, with spaces between
              failures TEXT                    -- attempts that failed: a JSON array of [number, started, ended, error]
            ) STRICT""", """
            CREATE TABLE idempotency_key (
              job INTEGER NOT NULL,
              name TEXT NOT NULL,
              used_at INTEGER NOT NULL,
              execution INTEGER NOT NULL,
              state INTEGER NOT NULL,          -- of the execution when it was accepted
              priority INTEGER NOT NULL,
              delay_millis INTEGER NOT NULL,
              payload_length INTEGER NOT NULL,
              payload_hash INTEGER NOT NULL,
              PRIMARY KEY (job, name)
            ) STRICT, WITHOUT ROWID""", """
            CREATE VIEW executions AS          -- for people
            SELECT %s AS id,
              job.name AS job,
              CASE coalesce(s.state, 1) WHEN 0 THEN 'waiting' WHEN 1 THEN 'queued' WHEN 2 THEN 'running'
                WHEN 3 THEN 'succeeded' WHEN 4 THEN 'failed' WHEN 5 THEN 'cancelled' WHEN 6 THEN 'dropped' END AS state,
              CASE e.priority WHEN 0 THEN 'low' WHEN 1 THEN 'normal' WHEN 2 THEN 'high' WHEN 3 THEN 'critical' END
                AS priority,
              coalesce(s.attempt, 0) AS attempt,
              coalesce(s.crashes, 0) AS crashes,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', e.created_at / 1000.0, 'unixepoch') AS created_at,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', nullif(s.due_at, 0) / 1000.0, 'unixepoch') AS due_at,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', nullif(s.started_at, 0) / 1000.0, 'unixepoch') AS started_at,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', nullif(s.ended_at, 0) / 1000.0, 'unixepoch') AS ended_at,
              strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', nullif(e.expires_at, 0) / 1000.0, 'unixepoch') AS expires_at,
              s.note AS note, s.error AS error, s.failures AS failures, e.payload AS payload, s.result AS result, e.trace AS trace
            FROM execution e JOIN job ON job.number = e.job LEFT JOIN execution_state s ON s.id = e.id""".formatted(idText("e.id"))),
            List.of(
                    "ALTER TABLE meta ADD COLUMN ending_at INTEGER NOT NULL DEFAULT 0",
                    "ALTER TABLE meta ADD COLUMN faults TEXT",
                    "ALTER TABLE job ADD COLUMN dead_letters_lost INTEGER NOT NULL DEFAULT 0",
                    "ALTER TABLE execution_state ADD COLUMN is_final INTEGER NOT NULL DEFAULT 0",
                    "ALTER TABLE execution_state ADD COLUMN is_inside INTEGER NOT NULL DEFAULT 1",
                    "ALTER TABLE idempotency_key ADD COLUMN is_expired INTEGER NOT NULL DEFAULT 0",
                    "ALTER TABLE idempotency_key ADD COLUMN expires_millis INTEGER NOT NULL DEFAULT -2",
                    // 1: of a result that was longer than is kept there is only the beginning
                    "ALTER TABLE execution_state ADD COLUMN is_result_cut INTEGER NOT NULL DEFAULT 0"),
            List.of( // one column is bound with every row where there were four
                    "ALTER TABLE execution_state RENAME COLUMN is_cancelled TO flags", // see the constants
                    "UPDATE execution_state"
                            + " SET flags = flags | (is_final << 1) | (is_inside << 2) | (is_result_cut << 3)",
                    "ALTER TABLE execution_state DROP COLUMN is_final",
                    "ALTER TABLE execution_state DROP COLUMN is_inside",
                    "ALTER TABLE execution_state DROP COLUMN is_result_cut"),
            List.of("ALTER TABLE job ADD COLUMN schedule TEXT"), // in force; empty for none, NULL for not known
            List.of( // see Checksum; NULL for not known, as it should be in a row that was changed by hand
                    "ALTER TABLE execution ADD COLUMN checksum INTEGER",
                    "ALTER TABLE execution_state ADD COLUMN checksum INTEGER"),
            List.of( // queues at brokers
                    "ALTER TABLE execution ADD COLUMN origin TEXT", // queue and key of its message, NULL for none
                    "ALTER TABLE meta ADD COLUMN process TEXT NOT NULL DEFAULT ''", // its name at brokers
                    "ALTER TABLE job ADD COLUMN returned INTEGER NOT NULL DEFAULT 0",
                    "DROP VIEW executions",
                    VIEW),
            List.of("""
            CREATE TABLE series_points (       -- what jobs did lately
              step INTEGER NOT NULL,           -- how long each point is, in seconds
              minute INTEGER NOT NULL,         -- when the minute of the points begins
              data BLOB NOT NULL,              -- those of all jobs
              PRIMARY KEY (step, minute)
            ) STRICT"""),
            List.of( // more than what failed, see CourseText
                    "DROP VIEW executions",
                    "ALTER TABLE execution_state RENAME COLUMN failures TO course",
                    VIEW.replace("s.failures AS failures", "s.course AS course")));

    private Schema() {}

    /** Writes an expression for the text form of an execution id, see {@link dev.latido.job.ExecutionId}. */
    private static String idText(String column) {
        StringBuilder sql = new StringBuilder();
        for (int shift = 60; shift >= 0; shift -= 5) {
            sql.append(sql.isEmpty() ? "" : " || ")
                    .append("substr('0123456789abcdefghjkmnpqrstvwxyz', ((")
                    .append(column)
                    .append(" >> ")
                    .append(shift)
                    .append(") & 31) + 1, 1)");
        }
        return sql.toString();
    }

    /** Refuses a file that is somebody else's or of a newer version, and returns the version of any other. */
    static int check(Connection connection, String file, int known) throws SQLException, StoreException {
        int application = Sql.integer(connection, "PRAGMA application_id");
        int version = Sql.integer(connection, "PRAGMA user_version");
        boolean isEmpty = Sql.integer(connection, "SELECT count(*) FROM sqlite_schema") == 0;
        boolean isNew = isEmpty && application == 0 && version == 0;
        if (version < 0 || (application != APPLICATION_ID && !isNew)) {
            throw Sql.refused(file + " is a database of something else; store.directory names another place");
        }
        if (version > known) {
            throw Sql.refused(file + " was written by a newer Latido: it has version " + version
                    + ", this one knows up to " + known + ". It was left as it is; run the newer one");
        }
        return version;
    }

    /** Takes the steps that {@code connection} has not taken yet, all or none of them. Close it after a failure. */
    static void migrate(Connection connection, List<List<String>> steps) throws SQLException {
        int version = Sql.integer(connection, "PRAGMA user_version");
        if (version == steps.size()) {
            return;
        }
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            for (List<String> step : steps.subList(version, steps.size())) {
                for (String sql : step) {
                    statement.execute(sql);
                }
            }
            statement.execute("PRAGMA application_id = " + APPLICATION_ID);
            statement.execute("PRAGMA user_version = " + steps.size());
        }
        connection.commit();
        connection.setAutoCommit(true);
    }
}
