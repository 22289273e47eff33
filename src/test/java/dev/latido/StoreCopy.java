package dev.latido;

import dev.latido.job.ExecutionId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** What is in the store of a process that was killed, read from a copy, so that nothing is changed for the next process. */
final class StoreCopy {

    private static final int RUNNING = 2;

    /** The numbers of attempts by the ids of the executions that had one. */
    final Map<String, Integer> attempts = new HashMap<>();

    /** Those of {@link #attempts} that were with workers. */
    final Map<String, Integer> inFlight = new HashMap<>();

    private StoreCopy() {}

    static StoreCopy of(Path directory, Path scratch) throws IOException, SQLException {
        StoreCopy copy = new StoreCopy();
        Path database = directory.resolve("latido.db");
        if (!Files.exists(database) || Files.size(database) == 0) {
            return copy;
        }
        Path file = scratch.resolve("copy.db");
        Path log = scratch.resolve("copy.db-wal");
        Files.deleteIfExists(scratch.resolve("copy.db-shm"));
        Files.deleteIfExists(log);
        Files.copy(database, file, StandardCopyOption.REPLACE_EXISTING);
        if (Files.exists(directory.resolve("latido.db-wal"))) {
            Files.copy(directory.resolve("latido.db-wal"), log);
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            copy.read(statement);
        }
        return copy;
    }

    private void read(Statement statement) throws SQLException {
        try (ResultSet table = statement.executeQuery("SELECT 1 FROM sqlite_schema WHERE name = 'execution_state'")) {
            if (!table.next()) {
                return;
            }
        }
        try (ResultSet row = statement.executeQuery(
                "SELECT id, state, attempt, handovers IS NULL FROM execution_state WHERE attempt > 0")) {
            while (row.next()) {
                String id = new ExecutionId(row.getLong(1)).toString();
                attempts.put(id, row.getInt(3));
                if (row.getInt(2) == RUNNING && row.getInt(4) != 0) {
                    inFlight.put(id, row.getInt(3));
                }
            }
        }
    }
}
