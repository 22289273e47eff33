package dev.latido.store.sqlite;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.store.Contents;
import dev.latido.store.NewPoints;
import dev.latido.store.PendingWrites;
import dev.latido.store.StoredPoints;
import dev.latido.store.StoredState;
import dev.latido.store.Text;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of older versions become those of this one, all the way or not at all. */
class SqliteMigrationTest {

    @TempDir
    Path directory;

    /** Returns the schema with further steps. */
    static List<List<String>> with(List<List<String>> steps) {
        List<List<String>> all = new ArrayList<>(Schema.STEPS);
        all.addAll(steps);
        return all;
    }

    private Place older() {
        Place place = new Place(directory.resolve("data"));
        SqliteStore store = place.open();
        await(store.append(accept(1, 2)));
        await(store.close());
        return place;
    }

    private static String query(Place place, String sql) throws Exception {
        try (Connection connection = Connections.connect(place.database(), true)) {
            return Sql.text(connection, sql);
        }
    }

    @Test
    void takesTheStepsThatAreMissing() throws Exception {
        Place place = older();
        List<List<String>> newer = with(List.of(
                List.of("CREATE TABLE novelty (a)", "INSERT INTO novelty SELECT id FROM execution"),
                List.of("ALTER TABLE novelty ADD COLUMN b DEFAULT 7")));

        for (int i = 0; i < 2; i++) {
            SqliteStore store = Place.open(place.store(newer));
            assertThat(Contents.of(store).ids()).containsExactly(1L, 2L);
            assertThat(store.status().sequence()).isEqualTo(1);
            await(store.close());
        }

        assertThat(query(place, "PRAGMA user_version")).isEqualTo("" + newer.size());
        assertThat(query(place, "SELECT sum(a + b) FROM novelty")).isEqualTo("17");
        assertThat(Place.refusal(place.store()))
                .contains("it has version " + newer.size() + ", this one knows up to " + Schema.STEPS.size());
    }

    /** Each execution's number says which flags are set of those that its version had. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void keepsHowExecutionsStoodInEachOlderVersion(int version) throws Exception {
        Place place = new Place(directory.resolve("data"));
        await(Place.open(place.store(Schema.STEPS.subList(0, version))).close());
        int flags = version == 1 ? 2 : 16;
        try (Connection connection = Connections.connect(place.database(), false)) {
            Sql.execute(
                    connection,
                    "INSERT INTO job (number, name, "
                            + Rows.JOB_COLUMNS.replace(", dead_letters_lost, schedule, returned", "")
                            + ") VALUES (1, 'j'" + ", 0".repeat(16) + ", '')");
            for (int id = 0; id < flags; id++) {
                Sql.execute(
                        connection, "INSERT INTO execution VALUES (" + id + ", 1, 1, 5, 0, " + id + ", 0, '7', NULL)");
                String more = version == 1 ? "" : ", " + (id >> 1 & 1) + ", " + (id >> 2 & 1) + ", " + (id >> 3);
                Sql.execute(
                        connection,
                        "INSERT INTO execution_state VALUES (" + id + ", 3, " + id + ", 2, 1, " + (id & 1)
                                + ", 6, 7, 8, 'n', '9', 'e', NULL, NULL" + more + ")");
            }
        }

        Contents contents = place.contents();

        assertThat(contents.jobs()).allSatisfy(job -> assertThat(job.schedule()).isNull());
        assertThat(contents.executions()).hasSize(flags).allSatisfy(entry -> {
            StoredState state = Objects.requireNonNull(entry.state());
            long id = state.id().value();
            assertThat(state.isCancelled()).isEqualTo((id & 1) != 0);
            assertThat(state.isFinal()).isEqualTo((id & 2) != 0);
            assertThat(state.isInside()).isEqualTo(version == 1 || (id & 4) != 0);
            assertThat(state.isResultCut()).isEqualTo((id & 8) != 0);
            assertThat(state.state()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(Text.ifHere(state.result())).isEqualTo("9");
            assertThat(state.error()).isEqualTo("e");
        });
    }

    @Test
    void givesFilesOfBeforeAPlaceForPoints() throws Exception {
        Place place = new Place(directory.resolve("data"));
        SqliteStore older = Place.open(place.store(Schema.STEPS.subList(0, 6)));
        await(older.append(accept(1, 2)));
        await(older.close());
        NewPoints points = new NewPoints(new StoredPoints(60, 60_000, ByteBuffer.wrap(new byte[] {1, 2})), 0);

        SqliteStore store = place.open();
        assertThat(Contents.of(store).points()).isEmpty();
        await(store.append(new PendingWrites().points(points).batch()));
        await(store.close());

        assertThat(place.contents().ids()).containsExactly(1L, 2L);
        assertThat(place.contents().points()).containsExactly(points.row());
    }

    @Test
    void takesTheStepsThatAreMissingAfterACrash() throws Exception {
        SqliteStore crashing = new Place(directory.resolve("live")).open();
        await(crashing.append(accept(1)));
        Place place = new Place(directory.resolve("live")).copyTo(directory.resolve("data"));
        await(crashing.close());
        assertThat(place.log()).isNotEmptyFile();

        SqliteStore store = Place.open(place.store(with(List.of(List.of("CREATE TABLE novelty (a)")))));

        assertThat(Contents.of(store).ids()).containsExactly(1L);
        await(store.close());
        assertThat(query(place, "SELECT count(*) FROM novelty")).isEqualTo("0");
    }

    @Test
    void takesAllStepsOrNone() throws Exception {
        Place place = older();
        Map<String, String> before = place.bytes();
        List<List<String>> newer = with(List.of(
                List.of("CREATE TABLE novelty (a)", "DELETE FROM execution"),
                List.of("INSERT INTO novelty VALUES (1)", "INSERT INTO nowhere VALUES (1)")));

        assertThat(Place.refusal(place.store(newer)))
                .startsWith("cannot open " + place.database())
                .contains("no such table: nowhere");

        assertThat(place.bytes()).isEqualTo(before);
        assertThat(place.contents().ids()).containsExactly(1L, 2L);
    }

    @Test
    void beginsAnewAfterAFirstStepThatFailed() {
        Place place = new Place(directory.resolve("new"));
        assertThat(Place.refusal(place.store(List.of(List.of("CREATE TABLE t (a)", "nonsense")))))
                .contains("syntax error");

        assertThat(place.contents().jobs()).isEmpty();
    }

    @Test
    void leavesAnOlderVersionAsItIsWhenWorkWasLost() throws Exception {
        Place place = older();
        Place copy = place.copyTo(directory.resolve("copy"));
        SqliteStore store = place.open();
        await(store.append(accept(3)));
        await(store.close());
        Files.copy(place.mark(), copy.mark(), StandardCopyOption.REPLACE_EXISTING);
        Map<String, String> before = copy.bytes();

        assertThat(Place.refusal(copy.store(with(List.of(List.of("CREATE TABLE novelty (a)"))))))
                .contains("acknowledged work may be lost");

        assertThat(copy.bytes()).isEqualTo(before);
    }
}
