package dev.latido.store.sqlite;

import dev.latido.job.ExecutionId;
import dev.latido.job.FailedAttempt;
import dev.latido.job.ProgressNote;
import dev.latido.store.Batch;
import dev.latido.store.NewPoints;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.Text;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Writes rows into the tables of {@link Schema}. Belongs to one connection and its thread. */
final class Rows {

    static final String JOB_COLUMNS = "is_running, is_closed, stopped_at, ticked_at, execution_count,"
            + " last_execution_at, accepted, succeeded, failed, cancelled, dropped, refused, ticks_coalesced,"
            + " ticks_missed, retried, concurrency, rate_limit, dead_letters_lost, schedule, returned";

    /** Those of an execution that was submitted here. */
    private static final String ACCEPTED_COLUMNS =
            "id, job, priority, created_at, is_tick, place, expires_at, payload, trace, checksum";

    /** Those of an execution that change where the payload stays as it is stored. */
    private static final String EXECUTION_COLUMNS = "job, priority, created_at, is_tick, place, expires_at, trace";

    /** Those of how an execution stands that change where the result stays as it is stored. */
    private static final String STATE_COLUMNS =
            "state, place, attempt, crashes, flags, due_at, started_at, ended_at, note, error, handovers, course";

    private final Connection connection;
    private final BulkStatement<StoredExecution> accept;
    private final BulkStatement<StoredExecution> acceptFromQueue;
    private final BulkStatement<StoredExecution> acceptAgain;
    private final BulkStatement<StoredState> change;
    private final BulkStatement<StoredState> changeWithoutText;
    private final BulkStatement<StoredState> changeAgain;
    private final BulkStatement<ExecutionId> forget;
    private final BulkStatement<ExecutionId> forgetState;
    private final BulkStatement<StoredKey> use;
    private final BulkStatement<StoredKey> forgetKey;
    private final BulkStatement<StoredJob> update;
    private final BulkStatement<CommitMark.Position> advance;
    private final BulkStatement<StoredService> service;
    private final BulkStatement<NewPoints> points;
    private final BulkStatement<NewPoints> forgetPoints;

    private final Checksum checksum = new Checksum();

    /** The numbers of jobs by their names. */
    private final Map<String, Long> numbers = new HashMap<>();

    Rows(Connection connection) {
        this.connection = connection;
        accept = new BulkStatement<>(
                connection,
                "INSERT OR REPLACE INTO execution (" + ACCEPTED_COLUMNS + ") VALUES",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "",
                this::bind,
                Rows::characters);
        acceptFromQueue = new BulkStatement<>(
                connection,
                "INSERT OR REPLACE INTO execution (" + ACCEPTED_COLUMNS + ", origin) VALUES",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "",
                this::bindWithOrigin,
                Rows::characters);
        acceptAgain = new BulkStatement<>(
                connection,
                "INSERT INTO execution (" + ACCEPTED_COLUMNS + ") SELECT * FROM (VALUES",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                whereThereIsOne("execution", EXECUTION_COLUMNS),
                this::bind);
        change = new BulkStatement<>(
                connection,
                "INSERT OR REPLACE INTO execution_state VALUES",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "",
                this::bind,
                Rows::characters);
        changeWithoutText = new BulkStatement<>(
                connection,
                "INSERT OR REPLACE INTO execution_state VALUES",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, NULL, ?)",
                "",
                this::bindWithoutText);
        changeAgain = new BulkStatement<>(
                connection,
                "INSERT INTO execution_state SELECT * FROM (VALUES",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                whereThereIsOne("execution_state", STATE_COLUMNS),
                this::bind,
                Rows::characters);
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
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "ON CONFLICT (number) DO UPDATE SET " + taken(JOB_COLUMNS),
                this::bind);
        advance = new BulkStatement<>(connection, "UPDATE meta SET (sequence, hash) =", "(?, ?)", "", Rows::bind);
        service = new BulkStatement<>(
                connection,
                "UPDATE meta SET (paused_at, ending_at, faults, process) =",
                "(?, ?, ?, ?)",
                "",
                Rows::bind);
        points = new BulkStatement<>(
                connection, "INSERT OR REPLACE INTO series_points VALUES", "(?, ?, ?)", "", Rows::bind);
        forgetPoints = new BulkStatement<>(
                connection,
                "DELETE FROM series_points WHERE",
                "(step = ? AND (minute < ? OR minute > ?))",
                "",
                Rows::bindBounds);
    }

    /** Ends a statement that changes rows that are there, in {@code columns} and their part of the checksum only. */
    private static String whereThereIsOne(String table, String columns) {
        return ") v WHERE EXISTS (SELECT 1 FROM " + table + " t WHERE t.id = v.column1) ON CONFLICT (id) DO UPDATE SET "
                + taken(columns) + ", checksum = (excluded.checksum & " + ~Checksum.TEXT + ") | (" + table
                + ".checksum & " + Checksum.TEXT + ")";
    }

    private static String taken(String columns) {
        return "(" + columns + ") = (excluded." + columns.replace(", ", ", excluded.") + ")";
    }

    /** Writes {@code batch} in the transaction that is open. */
    void write(Batch batch) throws SQLException {
        StoredService changed = batch.service();
        if (changed != null) {
            service.run(List.of(changed));
        }
        update.run(batch.jobs());
        run(batch.accepted(), row -> row.payload() instanceof Text.Stored, acceptAgain, this::accepting);
        run(batch.changed(), row -> row.result() instanceof Text.Stored, changeAgain, this::changing);
        forget.run(batch.forgotten());
        forgetState.run(batch.forgotten());
        forgetKey.run(batch.forgottenKeys());
        use.run(batch.keys());
        for (NewPoints each : batch.points()) { // what one writes, the next may be to delete
            forgetPoints.run(List.of(each));
            points.run(List.of(each));
        }
    }

    /** Returns what writes {@code executions}; most come from no queue, and to say so of each takes as long as any value. */
    private BulkStatement<StoredExecution> accepting(List<StoredExecution> executions) {
        for (StoredExecution execution : executions) {
            if (execution.origin() != null) {
                return acceptFromQueue;
            }
        }
        return accept;
    }

    /** Returns what writes {@code states}: a third of the time goes into binding values, and one that is null takes as long. */
    private BulkStatement<StoredState> changing(List<StoredState> states) {
        for (StoredState state : states) {
            if (state.result() != null
                    || state.note() != null
                    || state.error() != null
                    || !state.handovers().isEmpty()
                    || !state.course().isEmpty()) {
                return change;
            }
        }
        return changeWithoutText;
    }

    /** Runs rows in their order, those of which the text is to stay as it is stored by another statement. */
    private static <T> void run(
            List<T> rows,
            Predicate<T> keepsText,
            BulkStatement<T> keeping,
            Function<List<T>, BulkStatement<T>> replacing)
            throws SQLException {
        int from = 0;
        while (from < rows.size()) {
            boolean keeps = keepsText.test(rows.get(from));
            int to = from + 1;
            while (to < rows.size() && keepsText.test(rows.get(to)) == keeps) {
                to++;
            }
            List<T> alike = rows.subList(from, to);
            (keeps ? keeping : replacing.apply(alike)).run(alike);
            from = to;
        }
    }

    private static long characters(StoredExecution execution) {
        return characters(Text.ifHere(execution.payload())) + characters(execution.origin());
    }

    private static long characters(StoredState state) {
        long course = 0;
        for (FailedAttempt failure : state.course().failures()) {
            course += failure.error().length() + characters(failure.worker());
        }
        for (ProgressNote note : state.course().notes()) {
            course += note.text().length();
        }
        return characters(state.note()) + characters(Text.ifHere(state.result())) + characters(state.error()) + course;
    }

    private static long characters(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    /** Says where the history of commits stands, in the transaction that is open. */
    void advance(CommitMark.Position to) throws SQLException {
        advance.run(List.of(to));
    }

    /** The transaction failed, and with it perhaps jobs that were new. */
    void failed() {
        numbers.clear();
        for (BulkStatement<?> statement : List.of(
                accept,
                acceptFromQueue,
                acceptAgain,
                change,
                changeWithoutText,
                changeAgain,
                forget,
                forgetState,
                use,
                forgetKey,
                update,
                advance,
                service,
                points,
                forgetPoints)) {
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
                                + ") VALUES (?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0, NULL, 0) ON CONFLICT (name) DO NOTHING");
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
        statement.setString(first + 20, job.schedule());
        statement.setLong(first + 21, counters.returned());
    }

    private void bind(PreparedStatement statement, int first, StoredExecution execution) throws SQLException {
        long job = number(execution.job());
        statement.setLong(first, execution.id().value());
        statement.setLong(first + 1, job);
        statement.setInt(first + 2, Schema.PRIORITIES.indexOf(execution.priority()));
        statement.setLong(first + 3, execution.createdMillis());
        statement.setInt(first + 4, execution.isTick() ? 1 : 0);
        statement.setLong(first + 5, execution.place());
        statement.setLong(first + 6, execution.expiresMillis());
        statement.setString(first + 7, Text.ifHere(execution.payload()));
        statement.setString(first + 8, execution.trace());
        statement.setLong(first + 9, checksum.of(execution, job));
    }

    private void bindWithOrigin(PreparedStatement statement, int first, StoredExecution execution) throws SQLException {
        bind(statement, first, execution);
        statement.setString(first + 10, execution.origin());
    }

    private void bind(PreparedStatement statement, int first, StoredState state) throws SQLException {
        String handovers = state.handovers().isEmpty() ? null : String.join(" ", state.handovers());
        String course = CourseText.write(state.course());
        bindNumbers(statement, first, state);
        statement.setString(first + 9, state.note());
        statement.setString(first + 10, Text.ifHere(state.result()));
        statement.setString(first + 11, state.error());
        statement.setString(first + 12, handovers);
        statement.setString(first + 13, course);
        statement.setLong(first + 14, checksum.of(state, flags(state), handovers, course));
    }

    private void bindWithoutText(PreparedStatement statement, int first, StoredState state) throws SQLException {
        bindNumbers(statement, first, state);
        statement.setLong(first + 9, checksum.of(state, flags(state), null, null));
    }

    private static void bindNumbers(PreparedStatement statement, int first, StoredState state) throws SQLException {
        statement.setLong(first, state.id().value());
        statement.setInt(first + 1, Schema.STATES.indexOf(state.state()));
        statement.setLong(first + 2, state.place());
        statement.setInt(first + 3, state.attempt());
        statement.setInt(first + 4, state.crashes());
        statement.setInt(first + 5, flags(state));
        statement.setLong(first + 6, state.dueMillis());
        statement.setLong(first + 7, state.startedMillis());
        statement.setLong(first + 8, state.endedMillis());
    }

    private static int flags(StoredState state) {
        return (state.isCancelled() ? Schema.CANCELLED : 0)
                | (state.isFinal() ? Schema.FINAL : 0)
                | (state.isInside() ? Schema.INSIDE : 0)
                | (state.isResultCut() ? Schema.RESULT_CUT : 0)
                | (state.isOwed() ? Schema.OWED : 0);
    }

    private static void bind(PreparedStatement statement, int first, CommitMark.Position position) throws SQLException {
        statement.setLong(first, position.sequence());
        statement.setLong(first + 1, position.hash());
    }

    private static void bind(PreparedStatement statement, int first, StoredService service) throws SQLException {
        statement.setLong(first, service.pausedMillis());
        statement.setLong(first + 1, service.endingMillis());
        statement.setString(first + 2, FaultsText.write(service.faults()));
        statement.setString(first + 3, service.process());
    }

    private static void bind(PreparedStatement statement, int first, NewPoints points) throws SQLException {
        ByteBuffer data = points.row().data();
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        statement.setInt(first, points.row().stepSeconds());
        statement.setLong(first + 1, points.row().minuteMillis());
        statement.setBytes(first + 2, bytes);
    }

    private static void bindBounds(PreparedStatement statement, int first, NewPoints points) throws SQLException {
        statement.setInt(first, points.row().stepSeconds());
        statement.setLong(first + 1, points.keptFromMillis());
        statement.setLong(first + 2, points.row().minuteMillis());
    }

    private static void bindId(PreparedStatement statement, int first, ExecutionId id) throws SQLException {
        statement.setLong(first, id.value());
    }

    private void bind(PreparedStatement statement, int first, StoredKey key) throws SQLException {
        bindKeyName(statement, first, key);
        statement.setLong(first + 2, key.usedMillis());
        statement.setLong(first + 3, key.execution().value());
        statement.setInt(first + 4, Schema.STATES.indexOf(key.state()));
        statement.setInt(first + 5, Schema.PRIORITIES.indexOf(key.priority()));
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
}
