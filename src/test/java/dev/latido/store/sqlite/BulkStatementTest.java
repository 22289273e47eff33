package dev.latido.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows go in many at a time, but never much text at once. */
@Tag("fast")
class BulkStatementTest {

    private static final int MAX = BulkStatement.MAX_TEXT;

    /** How many rows each statement that was run had. */
    private final List<Integer> runs = new ArrayList<>();

    /** How many parameters were bound since the latest run. */
    private int bound;

    private void write(List<String> rows) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            Sql.execute(connection, "CREATE TABLE t (text TEXT)");
            new BulkStatement<String>(
                            watched(connection),
                            "INSERT INTO t VALUES",
                            "(?)",
                            "",
                            (statement, first, row) -> statement.setString(first, row),
                            String::length)
                    .run(rows);
            List<String> written = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT text FROM t ORDER BY rowid")) {
                while (row.next()) {
                    written.add(row.getString(1));
                }
            }
            assertThat(written).isEqualTo(rows);
        }
    }

    private Connection watched(Connection connection) {
        return proxy(
                Connection.class,
                connection,
                (method, result) -> result instanceof PreparedStatement statement
                        ? proxy(PreparedStatement.class, statement, this::sawCall)
                        : result);
    }

    private Object sawCall(Method method, Object result) {
        if (method.getName().equals("setString")) {
            bound++;
        } else if (method.getName().equals("executeUpdate")) {
            runs.add(bound);
            bound = 0;
        }
        return result;
    }

    @FunctionalInterface
    private interface Watcher {
        Object saw(Method method, Object result);
    }

    private static <T> T proxy(Class<T> type, T target, Watcher watcher) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return watcher.saw(method, method.invoke(target, arguments));
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }

    private static List<String> texts(int count, int length) {
        return Collections.nCopies(count, "x".repeat(length));
    }

    @Test
    void writesSmallRowsManyAtATime() throws SQLException {
        write(texts(64 + 64 + 8 + 8 + 3, 1_000));

        assertThat(runs).containsExactly(64, 64, 8, 8, 1, 1, 1);
    }

    @Test
    void writesFewerRowsAtATimeThatAreLarge() throws SQLException {
        write(texts(20, MAX / 10));

        assertThat(runs).containsExactly(8, 1, 1, 8, 1, 1);
    }

    @Test
    void writesARowAloneThatIsTooLarge() throws SQLException {
        write(texts(3, MAX + 1));

        assertThat(runs).containsExactly(1, 1, 1);
    }

    @Test
    void writesSmallRowsManyAtATimeBetweenLargeOnes() throws SQLException {
        write(Stream.of(texts(1, MAX), texts(64, 10), texts(1, MAX), texts(8, 10))
                .flatMap(List::stream)
                .toList());

        assertThat(runs).startsWith(1).contains(8).hasSizeLessThan(30);
    }

    @Test
    void writesNothingOfNoRows() throws SQLException {
        write(List.of());

        assertThat(runs).isEmpty();
    }
}
