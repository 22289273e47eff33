package dev.latido.store.sqlite;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.cluster.ChildProcess;
import dev.latido.job.TimeSource;
import dev.latido.store.StoreConfig;
import dev.latido.store.Stores;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One process uses a directory, whatever becomes of it. */
class SqliteLockTest {

    @TempDir
    Path directory;

    private static ChildProcess start(Place place, String... more) throws IOException {
        return ChildProcess.start(
                ChildProcess.ownClassPath(),
                Stream.concat(
                                Stream.of(
                                        StoreProcess.class.getName(),
                                        place.directory().toString()),
                                Stream.of(more))
                        .toArray(String[]::new));
    }

    private static void assertTaken(String refusal, Place place, String process) {
        assertThat(refusal)
                .matches(Pattern.quote("another process uses " + place.directory() + " (its id: " + process)
                        + ".*\\Q); stop it, or name another place with store.directory\\E");
    }

    @Test
    void refusesASecondStoreInThisProcess() {
        Place place = new Place(directory);
        SqliteStore first = place.open();

        for (Place same : List.of(place, new Place(directory.resolve("../" + directory.getFileName())))) {
            assertTaken(
                    Place.refusal(same.store()), same, ProcessHandle.current().pid() + ", which is this one");
        }

        await(first.append(accept(1)));
        await(first.close());
        assertThat(place.contents().ids()).containsExactly(1L);
    }

    @Test
    void waitsForTheEndOfAnotherProcess() throws Exception {
        Place place = new Place(directory);
        try (ChildProcess first = start(place)) {
            first.await(line -> line.startsWith("open "));
            SqliteStore second = patient(Duration.ofHours(1));
            Future<Void> opening = second.open();
            SqliteStore third = patient(Duration.ofHours(1));
            Future<Void> givenUp = third.open();
            assertThat(opening.isComplete()).isFalse();

            await(third.close()); // whoever gives up does not wait for the hour
            assertThat(givenUp.failed()).isTrue();
            first.kill();
            await(opening);
            await(second.append(accept(1)));
            await(second.close());
        }
        assertThat(place.contents().ids()).containsExactly(1L);
    }

    @Test
    void waitsNoLongerThanItWasTold() throws Exception {
        Place place = new Place(directory);
        try (ChildProcess first = start(place)) {
            String process = first.await(line -> line.startsWith("open ")).substring("open ".length());
            assertTaken(Place.refusal(patient(Duration.ofMillis(250))), place, process);
        }
    }

    private SqliteStore patient(Duration waitForLock) {
        return new SqliteStore(
                new StoreConfig(StoreConfig.Type.SQLITE, directory, 1, 1, "", waitForLock), TimeSource.system());
    }

    @Test
    void usesTwoDirectoriesInOneProcess() {
        SqliteStore one = new Place(directory.resolve("one")).open();
        SqliteStore two = new Place(directory.resolve("two")).open();
        await(one.append(accept(1)));
        await(two.append(accept(2)));
        await(one.close());
        await(two.append(accept(3)));
        await(two.close());

        assertThat(new Place(directory.resolve("two")).contents().ids()).containsExactly(2L, 3L);
    }

    @Test
    void refusesAnotherProcess() throws Exception {
        Place place = new Place(directory);
        SqliteStore first = place.open();
        try (ChildProcess second = start(place)) {
            assertTaken(
                    second.await(line -> line.startsWith("refused ")).substring("refused ".length()),
                    place,
                    "" + ProcessHandle.current().pid());
        }
        await(first.append(accept(1)));
        // A lock of POSIX is lost when any descriptor of its file is closed; the attempts above must not have done
        // that.
        Place.refusal(place.store());
        try (ChildProcess third = start(place)) {
            third.await(line -> line.startsWith("refused "));
        }
        await(first.close());
    }

    @Test
    void isFreeAgainWhenTheProcessThatHadItIsKilled() throws Exception {
        Place place = new Place(directory);
        try (ChildProcess first = start(place)) {
            String process = first.await(line -> line.startsWith("open ")).substring("open ".length());
            assertTaken(Place.refusal(place.store()), place, process);

            first.kill();
        }

        Stores.await(place.open().close());
    }

    @Test
    void keepsNoMoreThanOneUnpackedLibraryHoweverOftenItIsKilled() throws Exception {
        Place place = new Place(directory);
        for (int i = 0; i < 3; i++) {
            try (ChildProcess process = start(place)) {
                process.await(line -> line.startsWith("open "));
                process.kill();
            }
        }

        try (Stream<Path> files = Files.list(directory.resolve("native"))) {
            assertThat(files.filter(file -> !file.toString().endsWith(".lck"))).hasSize(1);
        }
    }
}
