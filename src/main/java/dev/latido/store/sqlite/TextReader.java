package dev.latido.store.sqlite;

import dev.latido.job.ExecutionId;
import dev.latido.store.StoredTexts;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the texts of single executions, on a connection of its own that is made when it is first needed. Each is read in a
 * transaction of its own, which keeps the log from being taken over for no longer than that. Belongs to one thread.
 */
final class TextReader implements AutoCloseable {

    private final Path database;
    private @Nullable Connection connection;
    private @Nullable PreparedStatement select;

    TextReader(Path database) {
        this.database = database;
    }

    /** Returns the texts as the latest commit left them; empty when there is no such execution. */
    Optional<StoredTexts> read(ExecutionId id) throws SQLException {
        try {
            PreparedStatement statement = select();
            statement.setLong(1, id.value());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(new StoredTexts(row.getString(1), row.getString(2))) : Optional.empty();
            }
        } catch (SQLException failure) {
            close(); // the driver closes a statement that failed, and does not tell
            throw failure;
        }
    }

    private PreparedStatement select() throws SQLException {
        if (select == null) {
            connection = Connections.connect(database, true);
            select = connection.prepareStatement("SELECT e.payload, s.result FROM execution e"
                    + " LEFT JOIN execution_state s ON s.id = e.id WHERE e.id = ?");
        }
        return select;
    }

    @Override
    public void close() throws SQLException {
        Connection opened = connection;
        connection = null;
        select = null;
        if (opened != null) {
            opened.close(); // and its statement
        }
    }
}
