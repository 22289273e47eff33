package dev.latido.store.sqlite;

import dev.latido.job.ExecutionId;
import dev.latido.store.StoreException;
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
    private final Checksum checksum = new Checksum();
    private @Nullable Connection connection;
    private @Nullable PreparedStatement select;

    TextReader(Path database) {
        this.database = database;
    }

    /**
     * Returns the texts as the latest commit left them; empty when there is no such execution.
     *
     * @throws StoreException when they are not what was written
     */
    Optional<StoredTexts> read(ExecutionId id) throws SQLException, StoreException {
        try {
            PreparedStatement statement = select();
            statement.setLong(1, id.value());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(texts(id, row)) : Optional.empty();
            }
        } catch (SQLException failure) {
            close(); // the driver closes a statement that failed, and does not tell
            throw failure;
        }
    }

    private StoredTexts texts(ExecutionId id, ResultSet row) throws SQLException, StoreException {
        return new StoredTexts(text(id, "payload", row, 1), text(id, "result", row, 3));
    }

    private @Nullable String text(ExecutionId id, String what, ResultSet row, int column)
            throws SQLException, StoreException {
        String text = row.getString(column);
        long stored = row.getLong(column + 1);
        if (!row.wasNull() && (stored & Checksum.TEXT) != checksum.ofText(text)) {
            throw new StoreException(
                    StoreException.Kind.DAMAGED,
                    "The " + what + " of execution '" + id + "' is damaged in the store: its checksum is wrong.",
                    null);
        }
        return text;
    }

    private PreparedStatement select() throws SQLException {
        if (select == null) {
            connection = Connections.connect(database, true);
            select = connection.prepareStatement("SELECT e.payload, e.checksum, s.result, s.checksum FROM execution e"
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
