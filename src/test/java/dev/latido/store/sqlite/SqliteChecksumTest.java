package dev.latido.store.sqlite;

import static dev.latido.store.Stores.JOB;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.execution;
import static dev.latido.store.Stores.failure;
import static dev.latido.store.Stores.id;
import static dev.latido.store.Stores.job;
import static dev.latido.store.Stores.state;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Priority;
import dev.latido.store.Contents;
import dev.latido.store.PendingWrites;
import dev.latido.store.StoreException;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredState;
import dev.latido.store.Text;
import dev.latido.store.Unreadable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bit that is another one than was written costs one execution, and is told. */
class SqliteChecksumTest {

    private static final int LARGE = 100_000;

    @TempDir
    Path directory;

    private Place place() {
        return new Place(directory.resolve("data"));
    }

    /** Takes what it is handed, with texts of up to so many bytes. */
    private static final class Taken extends IgnoringReader {
        private final int maxTextBytes;
        private final List<Long> executions = new ArrayList<>();
        private final List<Unreadable> unreadable = new ArrayList<>();

        Taken(SqliteStore store, int maxTextBytes) {
            this.maxTextBytes = maxTextBytes;
            await(store.scan(this));
        }

        @Override
        public int maxTextBytes() {
            return maxTextBytes;
        }

        @Override
        public void execution(StoredExecution execution, @Nullable StoredState state) {
            executions.add(execution.id().value());
        }

        @Override
        public void unreadable(Unreadable row) {
            unreadable.add(row);
        }
    }

    private static StoredExecution traced(long id, @Nullable Text payload) {
        return new StoredExecution(
                id(id), JOB, Priority.HIGH, 1_700_000_000_000L, false, id, 1_800_000_000_000L, payload, "the-trace");
    }

    private static StoredState told(long id, @Nullable Text result) {
        return new StoredState(
                id(id),
                ExecutionState.FAILED,
                10 * id,
                3,
                1,
                false,
                1,
                2,
                3,
                "the-note",
                result,
                "the-error",
                List.of("the-next"),
                List.of(new FailedAttempt(1, 2, 3, "the-failure")),
                false,
                true,
                false);
    }

    private static Text large(char c) {
        return new Text.Here('"' + String.valueOf(c).repeat(LARGE) + '"');
    }

    private void fill(PendingWrites... all) {
        SqliteStore store = place().open();
        for (PendingWrites each : all) {
            await(store.append(each.batch()));
        }
        await(store.close());
    }

    private static PendingWrites three() {
        return new PendingWrites()
                .job(job(JOB, 1))
                .accept(execution(1))
                .accept(traced(2, Text.of("\"the-payload\"")))
                .accept(execution(3))
                .change(state(1, ExecutionState.SUCCEEDED))
                .change(told(2, Text.of("\"the-result\"")));
    }

    /** Turns the first {@code bits} of {@code text} over in the file, one after the other. */
    private void flipEach(String text, int bits, Runnable check) throws Exception {
        byte[] file = Files.readAllBytes(place().database());
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        int at = 0;
        while (!startsWith(file, at, wanted)) {
            at++;
        }
        for (int bit = 0; bit < bits; bit++) {
            file[at + bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(place().database(), file);
            check.run();
            file[at + bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(place().database(), file);
        }
    }

    private static boolean startsWith(byte[] file, int at, byte[] wanted) {
        for (int i = 0; i < wanted.length; i++) {
            if (file[at + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    @ParameterizedTest
    @ValueSource(strings = {"payl", "resul", "trace", "note", "erro", "next", "fail"})
    void everyBitCounts(String text) throws Exception {
        fill(three());
        String written = "the-" + text;
        flipEach(written, 8 * written.length(), () -> {
            SqliteStore store = place().open();
            Taken taken = new Taken(store, Integer.MAX_VALUE);
            assertThat(taken.executions).containsExactly(1L, 3L);
            assertThat(taken.unreadable).singleElement().satisfies(row -> {
                assertThat(row.kind()).isEqualTo(Unreadable.Kind.EXECUTION);
                assertThat(row.id()).isEqualTo(id(2));
            });
            await(store.close());
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "execution SET created_at = created_at + 1",
                "execution SET place = place + 1",
                "execution SET expires_at = 0",
                "execution SET priority = 3",
                "execution SET is_tick = 1",
                "execution SET trace = NULL",
                "execution SET payload = NULL",
                "execution SET payload = '\"The-payload\"'",
                "execution_state SET state = 3",
                "execution_state SET attempt = 2",
                "execution_state SET due_at = 7",
                "execution_state SET note = error, error = note",
                "execution_state SET handovers = NULL",
                "execution_state SET result = NULL",
            })
    void everyColumnCounts(String change) throws Exception {
        fill(three());
        try (Connection connection = Connections.connect(place().database(), false)) {
            Sql.execute(connection, "UPDATE " + change + " WHERE id = 2");
        }
        SqliteStore store = place().open();
        Taken taken = new Taken(store, Integer.MAX_VALUE);
        assertThat(taken.executions).containsExactly(1L, 3L);
        assertThat(taken.unreadable)
                .extracting(Unreadable::why)
                .containsExactly("its checksum is wrong: it is not what was written");
        await(store.close());
    }

    @Test
    void aRowThatWasChangedByHandIsTakenWithoutItsChecksum() throws Exception {
        fill(three());
        try (Connection connection = Connections.connect(place().database(), false)) {
            Sql.execute(connection, "UPDATE execution SET payload = '7', checksum = NULL WHERE id = 2");
        }
        assertThat(Text.ifHere(
                        place().contents().executions().get(1).execution().payload()))
                .isEqualTo("7");
    }

    @Test
    void whatStaysInTheStoreIsCheckedWhenItIsRead() throws Exception {
        fill(new PendingWrites()
                .job(job(JOB, 1))
                .accept(traced(1, large('a')))
                .accept(traced(2, large('b')))
                .change(told(2, large('c'))));
        for (char c : new char[] {'b', 'c'}) {
            flipEach(String.valueOf(c).repeat(100), 8, () -> {
                SqliteStore store = place().open();
                Taken taken = new Taken(store, 1_000);
                assertThat(taken.executions).containsExactly(1L, 2L);
                StoreException damaged = failure(store.texts(id(2)));
                assertThat(damaged.kind()).isEqualTo(StoreException.Kind.DAMAGED);
                assertThat(damaged)
                        .hasMessage("The " + (c == 'b' ? "payload" : "result") + " of execution '" + id(2)
                                + "' is damaged in the store: its checksum is wrong.");
                assertThat(await(store.texts(id(1)))).isNotNull();
                await(store.close());
            });
        }
    }

    /** What an execution is, and how it stands, can change while its texts stay where they are. */
    @Test
    void theTextsKeepTheirPartOfIt() throws Exception {
        fill(
                new PendingWrites()
                        .job(job(JOB, 1))
                        .accept(traced(1, large('a')))
                        .change(told(1, large('b'))),
                new PendingWrites()
                        .accept(new StoredExecution(
                                id(1), JOB, Priority.LOW, 5, false, 6, 0, new Text.Stored(LARGE + 2), null))
                        .change(told(1, new Text.Stored(LARGE + 2))));
        assertThat(place().contents().executions()).hasSize(1);
        try (Connection connection = Connections.connect(place().database(), false)) {
            Sql.execute(connection, "UPDATE execution_state SET result = replace(result, 'bbb', 'bcb')");
        }
        SqliteStore store = place().open();
        assertThat(new Taken(store, Integer.MAX_VALUE).unreadable).hasSize(1);
        assertThat(new Taken(store, 1_000).unreadable).isEmpty();
        assertThat(failure(store.texts(id(1)))).hasMessageStartingWith("The result of execution ");
        await(store.close());
    }

    /** Of a row of an older version nobody knows what was written, also after it has changed in part. */
    @Test
    void rowsOfOlderVersionsAreTaken() throws Exception {
        Place place = place();
        SqliteStore older = place.store(Schema.STEPS.subList(0, 4));
        await(Place.open(older).close());
        try (Connection connection = Connections.connect(place.database(), false)) {
            Sql.execute(
                    connection,
                    "INSERT INTO job (number, name, " + Rows.JOB_COLUMNS.replace(", returned", "") + ") VALUES (1, '"
                            + JOB + "'" + ", 0".repeat(16) + ", '', 0, '')");
            Sql.execute(
                    connection,
                    "INSERT INTO execution VALUES (1, 1, 1, 5, 0, 6, 0, '\"" + "a".repeat(LARGE) + "\"', NULL)");
        }
        fill(new PendingWrites()
                .accept(new StoredExecution(
                        id(1), JOB, Priority.LOW, 5, false, 6, 0, new Text.Stored(LARGE + 2), null)));
        Contents contents = place.contents();
        assertThat(contents.executions()).hasSize(1);
        assertThat(contents.executions().get(0).execution().priority()).isEqualTo(Priority.LOW);
    }
}
