package dev.latido.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement for many rows. Running a statement from Java costs several times what SQLite needs for a small row, so
 * rows go in 64 at a time (measured: 12.5 µs for the four statements of an execution's life one by one, 4.2 µs so).
 *
 * @param <T> what becomes a row
 */
final class BulkStatement<T> {

    /** Binds one row's values to the parameters from {@code first} on. */
    @FunctionalInterface
    interface Binder<T> {
        void bind(PreparedStatement statement, int first, T row) throws SQLException;
    }

    private static final int[] SIZES = {64, 8, 1};

    private final Connection connection;
    private final String before;
    private final String row;
    private final String after;
    private final int columns;
    private final Binder<T> binder;
    private final @Nullable PreparedStatement[] statements = new PreparedStatement[SIZES.length];

    /**
     * Makes a statement.
     *
     * @param before what stands before the rows, such as {@code INSERT INTO t VALUES}
     * @param row one row with its parameters, such as {@code (?, ?)}; rows are separated by commas
     * @param after what stands behind the rows
     */
    BulkStatement(Connection connection, String before, String row, String after, Binder<T> binder) {
        this.connection = connection;
        this.before = before;
        this.row = row;
        this.after = after;
        this.columns = (int) row.chars().filter(c -> c == '?').count();
        this.binder = binder;
    }

    void run(List<T> rows) throws SQLException {
        int done = 0;
        for (int i = 0; i < SIZES.length; i++) {
            while (rows.size() - done >= SIZES[i]) {
                PreparedStatement statement = statement(i);
                for (int r = 0; r < SIZES[i]; r++) {
                    binder.bind(statement, 1 + r * columns, rows.get(done + r));
                }
                statement.executeUpdate();
                statement.clearParameters(); // or it holds on to the payloads
                done += SIZES[i];
            }
        }
    }

    /** Prepares anew when next run, after a failure. The driver closes a statement that failed, and does not tell. */
    void reset() {
        for (int i = 0; i < statements.length; i++) {
            PreparedStatement statement = statements[i];
            statements[i] = null;
            if (statement != null) {
                try {
                    statement.close();
                } catch (SQLException again) {
                    // It is closed all the same; SQLite tells the failure of a statement once more at its end.
                }
            }
        }
    }

    private PreparedStatement statement(int index) throws SQLException {
        PreparedStatement statement = statements[index];
        if (statement == null) {
            statement = connection.prepareStatement(
                    before + " " + String.join(", ", Collections.nCopies(SIZES[index], row)) + " " + after);
            statements[index] = statement;
        }
        return statement;
    }
}
