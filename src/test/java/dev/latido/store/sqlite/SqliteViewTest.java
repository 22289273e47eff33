package dev.latido.store.sqlite;

import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.id;
import static dev.latido.store.Stores.job;
import static dev.latido.store.Stores.state;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.store.PendingWrites;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredState;
import dev.latido.store.Stores;
import dev.latido.store.Text;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The view for people shows names, not numbers. */
class SqliteViewTest {

    @TempDir
    Path directory;

    private Place place;
    private SqliteStore store;

    @BeforeEach
    void open() {
        place = new Place(directory);
        store = place.open();
    }

    @AfterEach
    void close() {
        await(store.close());
    }

    private List<String> view(String columns) throws Exception {
        try (Connection connection = Connections.connect(place.database(), true);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT " + columns + " FROM executions ORDER BY id")) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                List<String> values = new ArrayList<>();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    values.add(String.valueOf(row.getString(i)));
                }
                rows.add(String.join("|", values));
            }
            return rows;
        }
    }

    @Test
    void showsIdsStatesAndPrioritiesAsTheyAreWritten() throws Exception {
        PendingWrites changes = new PendingWrites().job(job(Stores.JOB, 1));
        List<String> expected = new ArrayList<>();
        long number = 1;
        for (ExecutionState state : ExecutionState.values()) {
            for (Priority priority : Priority.values()) {
                number = (number * 6_364_136_223_846_793_005L + 1) & Long.MAX_VALUE;
                changes.accept(new StoredExecution(id(number), Stores.JOB, priority, 0, false, 0, 0, null, null))
                        .change(state(number, state));
                expected.add(id(number) + "|" + state.wireName() + "|" + priority.wireName());
            }
        }
        for (long extreme : new long[] {0, Long.MAX_VALUE, 1L << 62}) {
            changes.accept(new StoredExecution(id(extreme), Stores.JOB, Priority.NORMAL, 0, false, 0, 0, null, null));
            expected.add(id(extreme) + "|queued|normal");
        }
        await(store.append(changes.batch()));

        assertThat(view("id, state, priority")).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void showsTimesAsPeopleReadThem() throws Exception {
        long millis = 1_795_000_000_123L;
        await(store.append(new PendingWrites()
                .job(job(Stores.JOB, 1))
                .accept(new StoredExecution(id(1), Stores.JOB, Priority.LOW, millis, false, 0, 0, Text.of("{}"), null))
                .change(new StoredState(
                        id(1),
                        ExecutionState.FAILED,
                        0,
                        3,
                        2,
                        false,
                        millis + 1,
                        millis + 2,
                        millis + 3,
                        "why",
                        Text.of("[1]"),
                        "oops",
                        List.of(),
                        List.of(),
                        false,
                        true,
                        false))
                .accept(new StoredExecution(id(2), Stores.JOB, Priority.LOW, millis, false, 0, 0, null, null))
                .batch()));

        assertThat(
                        view(
                                "job, attempt, crashes, created_at, due_at, started_at, ended_at, note, error, payload, result"))
                .containsExactly(
                        "email|3|2|2026-11-18T11:06:40.123Z|2026-11-18T11:06:40.124Z|2026-11-18T11:06:40.125Z|"
                                + "2026-11-18T11:06:40.126Z|why|oops|{}|[1]",
                        "email|0|0|2026-11-18T11:06:40.123Z|null|null|null|null|null|null|null");
    }

    @Test
    void canBeReadWithTheShellWhileTheStoreIsOpen() throws Exception {
        await(store.append(Stores.accept(1)));
        String sql = "SELECT id, job, state, created_at FROM executions";

        assertThat(shell(sql)).isEqualTo("0000000000001|email|queued|2023-11-14T22:13:20.001Z\n");

        await(store.append(Stores.accept(2)));
        assertThat(shell(sql)).hasLineCount(2);
    }

    private String shell(String sql) throws InterruptedException, IOException {
        Process process;
        try {
            process = new ProcessBuilder(
                            "sqlite3", "-readonly", place.database().toString(), sql)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException isMissing) {
            assumeTrue(false, "sqlite3 is not installed, so this check is left out");
            throw isMissing;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
