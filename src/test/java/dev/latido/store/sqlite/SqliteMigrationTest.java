package dev.latido.store.sqlite;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.store.Contents;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        try (Connection connection = SqliteStore.connect(place.database(), true)) {
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
