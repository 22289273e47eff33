package dev.latido.store.sqlite;

import dev.latido.store.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Small things that JDBC makes long, and what SQLite's errors mean. */
final class Sql {

    private Sql() {}

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Returns the first column of the first row. */
    static int integer(Connection connection, String sql) throws SQLException {
        return Integer.parseInt(text(connection, sql));
    }

    /** Returns the first column of the first row as text. */
    static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            if (!rows.next()) {
                throw new SQLException("no row from " + sql);
            }
            return String.valueOf(rows.getString(1));
        }
    }

    /**
     * Ends the transaction, whatever became of it, and begins the next one. After some failures, as of a full disk, SQLite
     * has rolled back by itself. The driver does not know that, and without a transaction each statement would be its own.
     */
    static void rollBack(Connection connection) throws SQLException {
        try {
            connection.rollback();
        } catch (SQLException hasEnded) {
            execute(connection, "BEGIN");
        }
    }

    static StoreException refused(String message) {
        return new StoreException(StoreException.Kind.REFUSED, message, null);
    }

    /**
     * Says what can be done about a failure: by <a href="https://www.sqlite.org/rescode.html">sqlite.org/rescode.html</a>.
     * An error of reading, writing or syncing leaves open what is on the disk, so nothing may be built on it any more.
     */
    static StoreException.Kind kind(SQLException failure) {
        SQLiteErrorCode code =
                failure instanceof SQLiteException known ? known.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
        return switch (code) {
            // The index of the write-ahead log could not be made larger: there is no space for that either.
            case SQLITE_FULL, SQLITE_IOERR_SHMSIZE -> StoreException.Kind.FULL;
            // A file could not be opened, as when the process has too many; so nothing was done.
            case SQLITE_CANTOPEN,
                    SQLITE_BUSY,
                    SQLITE_BUSY_RECOVERY,
                    SQLITE_BUSY_SNAPSHOT,
                    SQLITE_BUSY_TIMEOUT,
                    SQLITE_LOCKED,
                    SQLITE_LOCKED_SHAREDCACHE,
                    SQLITE_READONLY,
                    SQLITE_READONLY_CANTLOCK -> StoreException.Kind.UNAVAILABLE;
            default -> StoreException.Kind.BROKEN;
        };
    }
}
