package dev.latido.bench.peer;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A new, empty database behind a pool of connections. */
final class Database implements AutoCloseable {

    /** The system property with the JDBC address of PostgreSQL, without which there is none. */
    static final String POSTGRES = "bench.postgres";

    private static final int CONNECTIONS = 24;

    private final HikariDataSource pool;

    private Database(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(CONNECTIONS);
        this.pool = new HikariDataSource(config);
    }

    /**
     * H2 in a file. Without the write delay a commit is in the file when it returns; H2 does not sync the file, so what
     * was acknowledged outlives the process but not a power failure.
     */
    static Database h2(Path directory) {
        return new Database("jdbc:h2:file:" + directory.resolve("peer") + ";WRITE_DELAY=0;LOCK_TIMEOUT=30000");
    }

    /** A database of its own in the PostgreSQL that is there, with its settings: each commit is synced. */
    static Database postgres() throws SQLException {
        String server = System.getProperty(POSTGRES);
        if (server == null) {
            throw new IllegalStateException("no PostgreSQL");
        }
        String name = "peer" + System.nanoTime();
        try (Connection connection = DriverManager.getConnection(server);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        return new Database(server.replace("/postgres?", "/" + name + "?"));
    }

    HikariDataSource pool() {
        return pool;
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Tells whether {@code sql} finds no row. */
    boolean isEmpty(String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return !rows.next();
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
