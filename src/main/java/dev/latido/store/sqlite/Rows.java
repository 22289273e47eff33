package dev.latido.store.sqlite;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.store.Batch;
import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rows between Java and the tables of {@link Schema}. Belongs to one connection and its thread. */
final class Rows {

    private static final List<Priority> PRIORITIES =
            List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.CRITICAL);

    private static final String JOB_COLUMNS = "is_running, is_closed, stopped_at, ticked_at, execution_count,"
            + " last_execution_at, accepted, succeeded, failed, cancelled, dropped, refused, ticks_coalesced,"
            + " ticks_missed, retried, concurrency, rate_limit, dead_letters_lost";

    private final Connection connection;
    private final BulkStatement<StoredExecution> accept;
    private final BulkStatement<StoredState> change;
    private final BulkStatement<ExecutionId> forget;
    private final BulkStatement<ExecutionId> forgetState;
    private final BulkStatement<StoredKey> use;
    private final BulkStatement<StoredKey> forgetKey;
    private final BulkStatement<StoredJob> update;
    private final BulkStatement<Mark.Position> advance;
    private final BulkStatement<StoredService> service;

    /** The numbers of jobs by their names. */
    private final Map<String, Long> numbers = new HashMap<>();

    Rows(Connection connection) {
        this.connection = connection;
        accept = new BulkStatement<>(
                connection, "INSERT OR REPLACE INTO execution VALUES", "(?, ?, ?, ?, ?, ?, ?, ?, ?)", "", this::bind);
        change = new BulkStatement<>(
                connection,
                "INSERT OR REPLACE INTO execution_state VALUES",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "",
                Rows::bind);
        forget = new BulkStatement<>(connection, "DELETE FROM execution WHERE id IN (", "?", ")", Rows::bindId);
        forgetState =
                new BulkStatement<>(connection, "DELETE FROM execution_state WHERE id IN (", "?", ")", Rows::bindId);
        use = new BulkStatement<>(
                connection,
                "INSERT OR REPLACE INTO idempotency_key VALUES",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "",
                this::bind);
        forgetKey = new BulkStatement<>(
                connection,
                "DELETE FROM idempotency_key WHERE (job, name) IN (VALUES",
                "(?, ?)",
                ")",
                this::bindKeyName);
        update = new BulkStatement<>(
                connection,
                "INSERT INTO job (number, name, " + JOB_COLUMNS + ") VALUES",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "ON CONFLICT (number) DO UPDATE SET (" + JOB_COLUMNS + ") = (excluded."
                        + JOB_COLUMNS.replace(", ", ", excluded.") + ")",
                this::bind);
        advance = new BulkStatement<>(connection, "UPDATE meta SET (sequence, hash) =", "(?, ?)", "", Rows::bind);
        service = new BulkStatement<>(connection, "UPDATE meta SET (paused_at, ending_at) =", "(?, ?)", "", Rows::bind);
    }

    /** Writes {@code batch} in the transaction that is open. */
    void write(Batch batch) throws SQLException {
        StoredService changed = batch.service();
        if (changed != null) {
            service.run(List.of(changed));
        }
        update.run(batch.jobs());
        accept.run(batch.accepted());
        change.run(batch.changed());
        forget.run(batch.forgotten());
        forgetState.run(batch.forgotten());
        forgetKey.run(batch.forgottenKeys());
        use.run(batch.keys());
    }

    /** Says where the history of commits stands, in the transaction that is open. */
    void advance(Mark.Position to) throws SQLException {
        advance.run(List.of(to));
    }

    /** The transaction failed, and with it perhaps jobs that were new. */
    void failed() {
        numbers.clear();
        for (BulkStatement<?> statement :
                List.of(accept, change, forget, forgetState, use, forgetKey, update, advance, service)) {
            statement.reset();
        }
    }

    private long number(String job) throws SQLException {
        Long known = numbers.get(job);
        if (known != null) {
            return known;
        }
        try (PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO job (name, " + JOB_COLUMNS
                                + ") VALUES (?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0) ON CONFLICT (name) DO NOTHING");
                PreparedStatement select = connection.prepareStatement("SELECT number FROM job WHERE name = ?")) {
            insert.setString(1, job);
            insert.executeUpdate();
            select.setString(1, job);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                long number = row.getLong(1);
                numbers.put(job, number);
                return number;
            }
        }
    }

    private void bind(PreparedStatement statement, int first, StoredJob job) throws SQLException {
        StoredJob.Counters counters = job.counters();
        statement.setLong(first, number(job.name()));
        statement.setString(first + 1, job.name());
        statement.setInt(first + 2, job.isRunning() ? 1 : 0);
        statement.setInt(first + 3, job.isClosed() ? 1 : 0);
        statement.setLong(first + 4, job.stoppedMillis());
        statement.setLong(first + 5, job.tickedMillis());
        statement.setLong(first + 6, job.executionCount());
        statement.setLong(first + 7, job.lastExecutionMillis());
        statement.setLong(first + 8, counters.accepted());
        statement.setLong(first + 9, counters.succeeded());
        statement.setLong(first + 10, counters.failed());
        statement.setLong(first + 11, counters.cancelled());
        statement.setLong(first + 12, counters.dropped());
        statement.setLong(first + 13, counters.refused());
        statement.setLong(first + 14, counters.ticksCoalesced());
        statement.setLong(first + 15, counters.ticksMissed());
        statement.setLong(first + 16, counters.retried());
        statement.setInt(first + 17, job.concurrency());
        statement.setString(first + 18, job.rate());
        statement.setLong(first + 19, counters.deadLettersLost());
    }

    private void bind(PreparedStatement statement, int first, StoredExecution execution) throws SQLException {
        statement.setLong(first, execution.id().value());
        statement.setLong(first + 1, number(execution.job()));
        statement.setInt(first + 2, PRIORITIES.indexOf(execution.priority()));
        statement.setLong(first + 3, execution.createdMillis());
        statement.setInt(first + 4, execution.isTick() ? 1 : 0);
        statement.setLong(first + 5, execution.place());
        statement.setLong(first + 6, execution.expiresMillis());
        statement.setString(first + 7, execution.payload());
        statement.setString(first + 8, execution.trace());
    }

    private static void bind(PreparedStatement statement, int first, StoredState state) throws SQLException {
        statement.setLong(first, state.id().value());
        statement.setInt(first + 1, Schema.STATES.indexOf(state.state()));
        statement.setLong(first + 2, state.place());
        statement.setInt(first + 3, state.attempt());
        statement.setInt(first + 4, state.crashes());
        statement.setInt(first + 5, state.isCancelled() ? 1 : 0);
        statement.setLong(first + 6, state.dueMillis());
        statement.setLong(first + 7, state.startedMillis());
        statement.setLong(first + 8, state.endedMillis());
        statement.setString(first + 9, state.note());
        statement.setString(first + 10, state.result());
        statement.setString(first + 11, state.error());
        statement.setString(first + 12, state.handovers().isEmpty() ? null : String.join(" ", state.handovers()));
        statement.setString(first + 13, FailuresText.write(state.failures()));
        statement.setInt(first + 14, state.isFinal() ? 1 : 0);
        statement.setInt(first + 15, state.isInside() ? 1 : 0);
        statement.setInt(first + 16, state.isResultCut() ? 1 : 0);
    }

    private static void bind(PreparedStatement statement, int first, Mark.Position position) throws SQLException {
        statement.setLong(first, position.sequence());
        statement.setLong(first + 1, position.hash());
    }

    private static void bind(PreparedStatement statement, int first, StoredService service) throws SQLException {
        statement.setLong(first, service.pausedMillis());
        statement.setLong(first + 1, service.endingMillis());
    }

    private static void bindId(PreparedStatement statement, int first, ExecutionId id) throws SQLException {
        statement.setLong(first, id.value());
    }

    private void bind(PreparedStatement statement, int first, StoredKey key) throws SQLException {
        bindKeyName(statement, first, key);
        statement.setLong(first + 2, key.usedMillis());
        statement.setLong(first + 3, key.execution().value());
        statement.setInt(first + 4, Schema.STATES.indexOf(key.state()));
        statement.setInt(first + 5, PRIORITIES.indexOf(key.priority()));
        statement.setLong(first + 6, key.delayMillis());
        statement.setInt(first + 7, key.payloadLength());
        statement.setLong(first + 8, key.payloadHash());
        statement.setInt(first + 9, key.isExpired() ? 1 : 0);
        statement.setLong(first + 10, key.expiresMillis());
    }

    private void bindKeyName(PreparedStatement statement, int first, StoredKey key) throws SQLException {
        statement.setLong(first, number(key.job()));
        statement.setString(first + 1, key.key());
    }

    /** Reads everything. */
    void scan(StoreReader reader) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT paused_at, ending_at FROM meta")) {
                row.next();
                reader.service(new StoredService(row.getLong(1), row.getLong(2)));
            }
            Map<Long, String> names = new HashMap<>();
            try (ResultSet row = statement.executeQuery("SELECT number, name, " + JOB_COLUMNS + " FROM job")) {
                while (row.next()) {
                    names.put(row.getLong(1), row.getString(2));
                    reader.job(job(row));
                }
            }
            // Ids rise with every use, which the wall clock does not.
            try (ResultSet row = statement.executeQuery("SELECT * FROM idempotency_key ORDER BY execution")) {
                while (row.next()) {
                    reader.key(key(row, nameOf(row.getLong(1), names)));
                }
            }
            try (ResultSet row = statement.executeQuery(
                    "SELECT e.id, e.job, e.priority, e.created_at, e.is_tick, e.place, e.expires_at, e.payload, e.trace, s.id, s.state, s.place,"
                            + " s.attempt, s.crashes, s.is_cancelled, s.due_at, s.started_at, s.ended_at, s.note,"
                            + " s.result, s.error, s.handovers, s.failures, s.is_final, s.is_inside, s.is_result_cut"
                            + " FROM execution e LEFT JOIN execution_state s ON s.id = e.id ORDER BY e.id")) {
                while (row.next()) {
                    boolean hasState = row.getObject(10) != null;
                    reader.execution(
                            new StoredExecution(
                                    new ExecutionId(row.getLong(1)),
                                    nameOf(row.getLong(2), names),
                                    PRIORITIES.get(row.getInt(3)),
                                    row.getLong(4),
                                    row.getInt(5) != 0,
                                    row.getLong(6),
                                    row.getLong(7),
                                    row.getString(8),
                                    row.getString(9)),
                            hasState ? state(row) : null);
                }
            }
        }
    }

    private static String nameOf(long number, Map<Long, String> names) throws SQLException {
        String name = names.get(number);
        if (name == null) {
            throw new SQLException("there is no job " + number);
        }
        return name;
    }

    private static StoredJob job(ResultSet row) throws SQLException {
        return new StoredJob(
                row.getString(2),
                row.getInt(3) != 0,
                row.getInt(4) != 0,
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getLong(8),
                row.getInt(18),
                row.getString(19),
                new StoredJob.Counters(
                        row.getLong(9),
                        row.getLong(10),
                        row.getLong(11),
                        row.getLong(12),
                        row.getLong(13),
                        row.getLong(14),
                        row.getLong(15),
                        row.getLong(16),
                        row.getLong(17),
                        row.getLong(20)));
    }

    private static StoredKey key(ResultSet row, String job) throws SQLException {
        return new StoredKey(
                job,
                row.getString(2),
                row.getLong(3),
                new ExecutionId(row.getLong(4)),
                Schema.STATES.get(row.getInt(5)),
                row.getInt(10) != 0,
                PRIORITIES.get(row.getInt(6)),
                row.getLong(7),
                row.getLong(11),
                row.getInt(8),
                row.getLong(9));
    }

    private static StoredState state(ResultSet row) throws SQLException {
        String handovers = row.getString(22);
        ExecutionState state = Schema.STATES.get(row.getInt(11));
        return new StoredState(
                new ExecutionId(row.getLong(10)),
                state,
                row.getLong(12),
                row.getInt(13),
                row.getInt(14),
                row.getInt(15) != 0,
                row.getLong(16),
                row.getLong(17),
                row.getLong(18),
                row.getString(19),
                row.getString(20),
                row.getString(21),
                handovers == null ? List.of() : List.of(handovers.split(" ", -1)),
                FailuresText.read(row.getString(23)),
                row.getInt(24) != 0,
                row.getInt(25) != 0,
                row.getInt(26) != 0);
    }
}
