package dev.latido.store.sqlite;

import dev.latido.job.ExecutionId;
import dev.latido.job.JobName;
import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredFault;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredPoints;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.Text;
import dev.latido.store.Unreadable;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads everything, for one reader. Whatever in a row makes no sense is no reason to leave the others unread: it is told of.
 * An error of the disk is an error.
 */
final class Scan {

    private final Connection connection;
    private final StoreReader reader;
    private final boolean wasEnded;
    private final Checksum checksum = new Checksum();

    /** The names of jobs by their numbers. */
    private final Map<Long, String> names = new HashMap<>();

    /**
     * Makes a scan.
     *
     * @param wasEnded whether the process before ended because its store was broken, which it could not write there
     */
    Scan(Connection connection, StoreReader reader, boolean wasEnded) {
        this.connection = connection;
        this.reader = reader;
        this.wasEnded = wasEnded;
    }

    /** Makes sense of a row, or throws an unchecked exception that says why it cannot. */
    @FunctionalInterface
    private interface Parser<T> {
        T parse(ResultSet row) throws SQLException;
    }

    void run() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT paused_at, ending_at, faults, process FROM meta")) {
                row.next();
                takeService(row);
            }
            try (ResultSet row = statement.executeQuery("SELECT number, name, " + Rows.JOB_COLUMNS + " FROM job")) {
                while (row.next()) {
                    takeJob(row);
                }
            }
            // Ids rise with every use, which the wall clock does not.
            try (ResultSet row = statement.executeQuery("SELECT * FROM idempotency_key ORDER BY execution")) {
                while (row.next()) {
                    takeKey(row);
                }
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT e.id, e.job, e.priority, e.created_at, e.is_tick, e.place, e.expires_at,"
                        + " octet_length(e.payload), CASE WHEN octet_length(e.payload) <= ?1 THEN e.payload END,"
                        + " e.trace, s.id, s.state, s.place, s.attempt, s.crashes, s.flags, s.due_at,"
                        + " s.started_at, s.ended_at, s.note,"
                        + " octet_length(s.result), CASE WHEN octet_length(s.result) <= ?1 THEN s.result END,"
                        + " s.error, s.handovers, s.course, e.checksum, s.checksum, e.origin"
                        + " FROM execution e LEFT JOIN execution_state s ON s.id = e.id ORDER BY e.id")) {
            statement.setInt(1, reader.maxTextBytes());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    takeExecution(row);
                }
            }
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT step, minute, data FROM series_points ORDER BY minute DESC, step DESC")) {
            while (row.next()) {
                reader.points(new StoredPoints(row.getInt(1), row.getLong(2), ByteBuffer.wrap(row.getBytes(3))));
            }
        }
    }

    /** Returns what {@code parser} makes of a row; null when it makes no sense, which is told. */
    private <T> @Nullable T parse(ResultSet row, Parser<T> parser, Unreadable.Kind kind, String name, long execution)
            throws SQLException {
        try {
            return parser.parse(row);
        } catch (RuntimeException nonsense) {
            ExecutionId id = execution < 0 ? null : new ExecutionId(execution);
            reader.unreadable(new Unreadable(kind, name, id, String.valueOf(nonsense.getMessage())));
            return null;
        }
    }

    private void takeService(ResultSet row) throws SQLException {
        List<StoredFault> faults =
                parse(row, meta -> FaultsText.read(meta.getString(3)), Unreadable.Kind.JOB, "the faults of jobs", -1);
        long ending = row.getLong(2);
        reader.service(new StoredService(
                row.getLong(1),
                ending == 0 && wasEnded ? 1 : ending,
                faults == null ? List.of() : faults,
                row.getString(4)));
    }

    private void takeJob(ResultSet row) throws SQLException {
        String name = row.getString(2);
        StoredJob job = parse(row, Scan::job, Unreadable.Kind.JOB, name, -1);
        if (job != null) {
            names.put(row.getLong(1), name);
            reader.job(job);
        }
    }

    private void takeKey(ResultSet row) throws SQLException {
        long job = row.getLong(1);
        String name = row.getString(2) + " of " + names.getOrDefault(job, "job " + job);
        StoredKey key = parse(row, this::key, Unreadable.Kind.KEY, name, row.getLong(4));
        if (key != null) {
            reader.key(key);
        }
    }

    private void takeExecution(ResultSet row) throws SQLException {
        long id = row.getLong(1);
        String name = id < 0 ? Long.toString(id) : new ExecutionId(id).toString();
        StoredExecution execution = parse(row, this::execution, Unreadable.Kind.EXECUTION, name, id);
        boolean hasState = row.getObject(11) != null;
        StoredState state = null;
        if (execution != null && hasState) {
            state = parse(row, this::state, Unreadable.Kind.EXECUTION, name, id);
        }
        if (execution != null && hasState == (state != null)) {
            reader.execution(execution, state);
        }
    }

    private String nameOf(long number) {
        String name = names.get(number);
        if (name == null) {
            throw new IllegalArgumentException("there is no job " + number + " that can be read");
        }
        return name;
    }

    private static <T> T at(List<T> values, long index, String what) {
        if (index < 0 || index >= values.size()) {
            throw new IllegalArgumentException("there is no " + what + " " + index);
        }
        return values.get((int) index);
    }

    private static int integer(ResultSet row, int column) throws SQLException {
        return Math.toIntExact(row.getLong(column));
    }

    private static String jobName(String text) {
        if (!JobName.isValid(text)) {
            throw new IllegalArgumentException("'" + text + "' is not a job name");
        }
        return text;
    }

    /** Reads the length in a column, and the text in the next, where there is null if that is too long. */
    private static @Nullable Text text(ResultSet row, int column) throws SQLException {
        int bytes = row.getInt(column);
        if (row.wasNull()) {
            return null;
        }
        String text = row.getString(column + 1);
        return text == null ? new Text.Stored(bytes) : new Text.Here(text);
    }

    private static StoredJob job(ResultSet row) throws SQLException {
        return new StoredJob(
                jobName(row.getString(2)),
                row.getInt(3) != 0,
                row.getInt(4) != 0,
                row.getLong(5),
                row.getLong(6),
                row.getString(21),
                row.getLong(7),
                row.getLong(8),
                integer(row, 18),
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
                        row.getLong(20),
                        row.getLong(22)));
    }

    private StoredKey key(ResultSet row) throws SQLException {
        return new StoredKey(
                nameOf(row.getLong(1)),
                row.getString(2),
                row.getLong(3),
                new ExecutionId(row.getLong(4)),
                at(Schema.STATES, row.getLong(5), "state"),
                row.getInt(10) != 0,
                at(Schema.PRIORITIES, row.getLong(6), "priority"),
                row.getLong(7),
                row.getLong(11),
                integer(row, 8),
                row.getLong(9));
    }

    private StoredExecution execution(ResultSet row) throws SQLException {
        long job = row.getLong(2);
        StoredExecution execution = new StoredExecution(
                new ExecutionId(row.getLong(1)),
                nameOf(job),
                at(Schema.PRIORITIES, row.getLong(3), "priority"),
                row.getLong(4),
                row.getInt(5) != 0,
                row.getLong(6),
                row.getLong(7),
                text(row, 8),
                row.getString(10),
                row.getString(28));
        check(row, 26, checksum.of(execution, job), execution.payload());
        return execution;
    }

    private static void check(ResultSet row, int column, long computed, @Nullable Text text) throws SQLException {
        long stored = row.getLong(column);
        if (!row.wasNull() && Checksum.isWrong(stored, computed, text)) {
            throw new IllegalArgumentException("its checksum is wrong: it is not what was written");
        }
    }

    private StoredState state(ResultSet row) throws SQLException {
        String handovers = row.getString(24);
        String course = row.getString(25);
        int flags = flags(row);
        StoredState state = new StoredState(
                new ExecutionId(row.getLong(11)),
                at(Schema.STATES, row.getLong(12), "state"),
                row.getLong(13),
                integer(row, 14),
                integer(row, 15),
                (flags & Schema.CANCELLED) != 0,
                row.getLong(17),
                row.getLong(18),
                row.getLong(19),
                row.getString(20),
                text(row, 21),
                row.getString(23),
                handovers == null
                        ? List.of()
                        : List.of(handovers.split(" ", -1)).stream()
                                .map(Scan::jobName)
                                .toList(),
                CourseText.read(course),
                (flags & Schema.FINAL) != 0,
                (flags & Schema.INSIDE) != 0,
                (flags & Schema.RESULT_CUT) != 0,
                (flags & Schema.OWED) != 0);
        check(row, 27, checksum.of(state, flags, handovers, course), state.result());
        return state;
    }

    private static int flags(ResultSet row) throws SQLException {
        int flags = integer(row, 16);
        if ((flags & ~(Schema.CANCELLED | Schema.FINAL | Schema.INSIDE | Schema.RESULT_CUT | Schema.OWED)) != 0) {
            throw new IllegalArgumentException("there are no flags " + flags);
        }
        return flags;
    }
}
