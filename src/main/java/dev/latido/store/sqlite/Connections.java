package dev.latido.store.sqlite;

import dev.latido.store.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;

/** Makes connections to SQLite's files. */
final class Connections {

    /** What a connection that writes has to have, as it is read back. SQLite ignores what it cannot do. */
    private static final Map<String, String> PRAGMAS = Map.of(
            "journal_mode", "wal",
            "synchronous", "2", // FULL: NORMAL loses acknowledged rows when the power fails
            "trusted_schema", "0",
            "cell_size_check", "1");

    private static final int CACHE_KIB = 16_384;
    private static final int BUSY_MILLIS = 5_000;

    private Connections() {}

    static Connection connect(Path file, boolean readOnly) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(readOnly);
        config.setBusyTimeout(BUSY_MILLIS);
        config.setGetGeneratedKeys(false); // else each insert is followed by a query that nobody asked for
        return config.createConnection(JDBC.PREFIX + uri(file));
    }

    /** Reads {@code file} as it is without its write-ahead log, which is not touched. */
    static Connection withoutLog(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        return config.createConnection(JDBC.PREFIX + uri(file) + "?immutable=1");
    }

    /** As a URI (sqlite.org/uri.html): from a plain path the driver takes away what it knows as a setting behind a question mark. */
    private static String uri(Path file) {
        return "file:" + file.toAbsolutePath().toUri().getRawPath();
    }

    /** Makes {@code connection} the one that writes. */
    static void configure(Connection connection) throws SQLException, StoreException {
        for (Map.Entry<String, String> pragma : PRAGMAS.entrySet()) {
            Sql.execute(connection, "PRAGMA " + pragma.getKey() + " = " + pragma.getValue());
            String actual = Sql.text(connection, "PRAGMA " + pragma.getKey());
            if (!actual.equals(pragma.getValue())) {
                throw Sql.refused("SQLite does not take " + pragma.getKey() + " = " + pragma.getValue() + " here, but "
                        + actual + "; is this a network file system?");
            }
        }
        Sql.execute(connection, "PRAGMA cache_size = -" + CACHE_KIB);
        Sql.execute(connection, "PRAGMA temp_store = MEMORY");
    }
}
