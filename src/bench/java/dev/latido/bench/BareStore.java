package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;

/**
 * The least that storing an item in SQLite can cost: an insert of 200 characters, and a delete some commits later, each
 * commit synced. Arguments: how many items, how many in a commit. Prints one JSON object.
 */
public final class BareStore {

    /** A JSON text of 200 characters. */
    static final String PAYLOAD = "\"" + "x".repeat(198) + "\"";

    private static final int DELETE_AFTER = 4;

    private BareStore() {}

    public static void main(String[] args) throws Exception {
        int items = Integer.parseInt(args[0]);
        int group = Integer.parseInt(args[1]);
        Path directory = Files.createTempDirectory("latido-bench");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("bare.db"))) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA journal_mode = WAL");
                statement.execute("PRAGMA synchronous = FULL");
                statement.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, payload TEXT)");
            }
            connection.setAutoCommit(false);
            run(connection, items / 4, group, 0); // warm-up
            double seconds = run(connection, items, group, items);
            System.out.println(new JsonObject().put("perSecond", items / seconds));
        } finally {
            Server.delete(directory);
        }
    }

    private static double run(Connection connection, int items, int group, long firstId) throws Exception {
        long begun = System.nanoTime();
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, ?)");
                PreparedStatement delete = connection.prepareStatement("DELETE FROM item WHERE id = ?")) {
            for (long done = 0; done < items; done += group) {
                for (int i = 0; i < group; i++) {
                    insert.setLong(1, firstId + done + i);
                    insert.setString(2, PAYLOAD);
                    insert.executeUpdate();
                }
                for (int i = 0; i < group && done >= (long) DELETE_AFTER * group; i++) {
                    delete.setLong(1, firstId + done + i - (long) DELETE_AFTER * group);
                    delete.executeUpdate();
                }
                connection.commit();
            }
        }
        return (System.nanoTime() - begun) / 1e9;
    }
}
