package dev.latido.store.sqlite;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.execution;
import static dev.latido.store.Stores.job;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.store.Contents;
import dev.latido.store.PendingWrites;
import dev.latido.store.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Acknowledged commits that are missing are noticed, told, and given up only by whoever names them. */
class SqliteLossTest {

    private static final int COMMITS = 6;

    @TempDir
    Path directory;

    private Place place(String name) {
        return new Place(directory.resolve(name));
    }

    /** Makes a store of some commits, each of one execution, and closes it. */
    private Place closed(String name, long firstId) {
        Place place = place(name);
        SqliteStore store = place.open();
        for (long id = firstId; id < firstId + COMMITS; id++) {
            await(store.append(accept(id)));
        }
        await(store.close());
        return place;
    }

    /** Makes what a crash after some commits leaves; the log holds {@code inLog} of them. */
    private Place crashed(int inLog) throws IOException {
        Place live = place("live");
        SqliteStore store = live.open();
        for (long id = 1; id <= COMMITS; id++) {
            if (id == COMMITS - inLog + 1) {
                await(store.close());
                store = live.open();
            }
            await(store.append(accept(id)));
        }
        Place.settle(store);
        Place crashed = live.copyTo(directory.resolve("crashed"));
        await(store.close());
        return crashed;
    }

    /**
     * Sees to it that the loss is refused, whatever but {@code flag} is accepted, with all files as they were; that
     * {@code flag} begins with {@code left}; and that it does so once.
     */
    private static void isGivenUpByNothingBut(String flag, Place place, String what, List<Long> left)
            throws IOException {
        Map<String, String> before = place.bytes();
        for (String other : List.of("", "all", "true", "0", "1", flag + " ", "-" + flag, flag + "0", "all-" + flag)) {
            assertThat(Place.refusal(place.store(other)))
                    .isEqualTo(what + ": acknowledged work may be lost. Bring the missing files back, or give it up by"
                            + " starting once with -Dlatido.store.acceptLoss=" + flag);
            assertThat(place.bytes()).isEqualTo(before);
        }
        Place again = place.copyTo(place.directory().resolveSibling("again"));

        SqliteStore store = Place.open(place.store(flag));
        assertThat(Contents.of(store).ids()).isEqualTo(left);
        long sequence = store.status().sequence();
        await(store.append(accept(1_000)));
        assertThat(store.status().sequence()).isEqualTo(sequence + 1);
        await(store.close());
        assertThat(place.contents().ids()).hasSize(left.size() + 1).contains(1_000L);

        // Should the same happen again, it is another loss.
        Files.copy(place.mark(), again.mark(), REPLACE_EXISTING);
        assertThat(Place.refusal(again.store(flag))).endsWith("-Dlatido.store.acceptLoss=" + (sequence + 1));
    }

    private static String endsTooSoon(Place place, long stored) {
        return place.database() + " ends with commit " + stored + ", but commit " + COMMITS + " was acknowledged";
    }

    @Test
    void noticesThatTheLogIsGone() throws IOException {
        Place place = crashed(2);
        Files.delete(place.log());
        Files.delete(place.index());

        isGivenUpByNothingBut("6", place, endsTooSoon(place, 4), List.of(1L, 2L, 3L, 4L));
    }

    @Test
    void noticesThatTheLogIsGoneAndItsIndexIsLeft() throws IOException {
        Place place = crashed(COMMITS);
        Files.delete(place.log());

        isGivenUpByNothingBut("6", place, endsTooSoon(place, 0), List.of());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void noticesAFlippedBitInTheLog(boolean withIndex) throws Exception {
        Place place = crashed(4);
        byte[] log = Files.readAllBytes(place.log());
        log[log.length / 2] ^= 4;
        Files.write(place.log(), log);
        if (!withIndex) {
            Files.delete(place.index());
        }
        Place copy = place.copyTo(directory.resolve("for SQLite"));
        long left;
        try (Connection connection = Connections.connect(copy.database(), false)) {
            assertThat(Sql.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
            left = Sql.integer(connection, "SELECT count(*) FROM execution");
        }
        assertThat(left).isBetween(2L, COMMITS - 1L);

        isGivenUpByNothingBut(
                "6",
                place,
                endsTooSoon(place, left),
                LongStream.rangeClosed(1, left).boxed().toList());
    }

    @Test
    void noticesAnOlderDatabase() throws IOException {
        Place place = place("live");
        SqliteStore store = place.open();
        await(store.append(accept(1)));
        await(store.close());
        Place old = place.copyTo(directory.resolve("old"));
        closed("live", 2);
        Files.copy(old.database(), place.database(), REPLACE_EXISTING);

        isGivenUpByNothingBut(
                "7", place, place.database() + " ends with commit 1, but commit 7 was acknowledged", List.of(1L));
    }

    @Test
    void noticesThatTheDatabaseIsGone() throws IOException {
        Place place = closed("live", 1);
        Files.delete(place.database());

        isGivenUpByNothingBut("6", place, endsTooSoon(place, 0), List.of());
    }

    @Test
    void leavesTheLogOfALostDatabaseWhereItIs() throws IOException {
        Place place = crashed(3);
        Files.delete(place.database());

        isGivenUpByNothingBut("6", place, endsTooSoon(place, 0), List.of());
    }

    @Test
    void noticesAnEmptyDatabase() throws IOException {
        Place place = closed("live", 1);
        Files.write(place.database(), new byte[0]);

        isGivenUpByNothingBut("6", place, endsTooSoon(place, 0), List.of());
    }

    @Test
    void noticesAnotherHistoryOfTheSameLength() throws IOException {
        Place place = closed("live", 1);
        Files.copy(closed("other", 2).database(), place.database(), REPLACE_EXISTING);

        isGivenUpByNothingBut(
                "6",
                place,
                "the commits in " + place.database() + " are not those that were acknowledged",
                List.of(2L, 3L, 4L, 5L, 6L, 7L));
    }

    @Test
    void noticesAMarkThatIsTooOld() throws IOException {
        Place live = place("live");
        SqliteStore store = live.open();
        for (long id = 1; id <= 3; id++) {
            await(store.append(accept(id)));
        }
        Place.settle(store);
        Place old = live.copyTo(directory.resolve("old"));
        await(store.append(accept(4)));
        await(store.append(accept(5)));
        await(store.close());
        Files.copy(old.mark(), live.mark(), REPLACE_EXISTING);

        isGivenUpByNothingBut("3", live, ofDifferentTimes(live, 5, 3), List.of(1L, 2L, 3L, 4L, 5L));
    }

    private static String ofDifferentTimes(Place place, long stored, long marked) {
        return place.database() + " ends with commit " + stored + " and " + place.mark() + " with " + marked
                + ", so not all files here are of the same time";
    }

    /** SQLite takes such a log for one of that database, and what comes out may even look well. */
    @Test
    void noticesABackupThatWasBroughtBackOverTheLogOfACrash() throws IOException {
        Place live = place("live");
        SqliteStore store = live.open();
        await(store.append(accept(1)));
        await(store.close());
        Place backup = live.copyTo(directory.resolve("backup"));
        store = live.open();
        for (long id = 2; id <= 100; id++) {
            await(store.append(accept(id)));
        }
        await(store.close());
        store = live.open();
        await(store.append(accept(101)));
        Place crashed = live.copyTo(directory.resolve("crashed"));
        await(store.close());
        Place mixed = backup.copyTo(crashed.directory());

        assertThat(Place.refusal(mixed.store()))
                .startsWith(ofDifferentTimes(mixed, 101, 1))
                .endsWith("-Dlatido.store.acceptLoss=1");

        Files.delete(mixed.log());
        assertThat(mixed.contents().ids()).containsExactly(1L);
    }

    @Test
    void noticesThatTheMarkIsGone() throws IOException {
        Place place = closed("live", 1);
        Files.delete(place.mark());

        isGivenUpByNothingBut("all-6", place, noMark(place), List.of(1L, 2L, 3L, 4L, 5L, 6L));
    }

    private static String noMark(Place place) {
        return place.mark() + ", which tells what was acknowledged, is missing or unreadable";
    }

    @Test
    void acceptsTheLossOfTheMarkOnce() throws IOException {
        Place place = closed("live", 1);
        Files.delete(place.mark());
        await(Place.open(place.store("all-6")).close());
        Files.delete(place.mark());

        assertThat(Place.refusal(place.store("all-6"))).endsWith("acceptLoss=all-7");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void readsTheOtherLineOfATornMark(int line) throws IOException {
        for (int commits = COMMITS; commits < COMMITS + 2; commits++) {
            Place place = closed("live-" + commits, 1);
            if (commits > COMMITS) {
                SqliteStore store = place.open();
                await(store.append(accept(1_000)));
                await(store.close());
            }
            byte[] mark = Files.readAllBytes(place.mark());
            for (byte[] torn : List.of(zeroed(mark, line, 512), zeroed(mark, line, 4), flipped(mark, line))) {
                Place copy = place.copyTo(directory.resolve("copy"));
                Files.write(copy.mark(), torn);

                assertThat(copy.contents().ids()).hasSize(commits);

                assertThat(CommitMark.read(copy.mark())).isEqualTo(CommitMark.read(place.mark()));
            }
        }
    }

    private static byte[] zeroed(byte[] mark, int line, int length) {
        byte[] torn = mark.clone();
        Arrays.fill(torn, 512 * line, 512 * line + length, (byte) 0);
        return torn;
    }

    private static byte[] flipped(byte[] mark, int line) {
        byte[] torn = mark.clone();
        torn[512 * line] ^= 1; // another digit, so only the checksum can tell
        return torn;
    }

    @Test
    void opensItsMarkOverTheOlderLineFirst() throws IOException {
        Path file = directory.resolve("mark");
        Path torn = directory.resolve("torn");
        try (CommitMark mark = CommitMark.open(file, CommitMark.START)) {
            for (long n = 1; n <= 4; n++) {
                CommitMark.Position newest = new CommitMark.Position(n, n);
                mark.write(newest);
                Files.write(torn, zeroed(Files.readAllBytes(file), CommitMark.olderLine(file), 512));

                assertThat(CommitMark.read(torn)).isEqualTo(newest);
            }
        }
    }

    @Test
    void refusesAMarkOfWhichNothingIsLeft() throws IOException {
        Place place = closed("live", 1);
        byte[] mark = Files.readAllBytes(place.mark());
        for (byte[] torn :
                List.of(flipped(flipped(mark, 0), 1), new byte[1_024], new byte[0], Arrays.copyOf(mark, 511))) {
            Place copy = place.copyTo(directory.resolve("copy"));
            Files.write(copy.mark(), torn);

            assertThat(Place.refusal(copy.store())).startsWith(noMark(copy)).endsWith("acceptLoss=all-6");
        }
    }

    @Test
    void countsACommitThatTheMarkDidNotReachAsNoLoss() throws IOException {
        Place live = place("live");
        SqliteStore store = live.open();
        for (long id = 1; id <= COMMITS; id++) {
            Place.settle(store);
            Place before = live.copyTo(directory.resolve("before"));
            await(store.append(accept(id)));
            Place crashed = live.copyTo(directory.resolve("crashed"));
            Files.copy(before.mark(), crashed.mark(), REPLACE_EXISTING);

            assertThat(crashed.contents().ids()).hasSize((int) id).contains(id);
        }
        await(store.close());
    }

    @Test
    void opensWhatWasClosedBeforeItsFirstCommit() throws IOException {
        Place place = place("live");
        await(place.open().close());
        Files.delete(place.mark());
        assertThat(place.contents().executions()).isEmpty();

        Files.delete(place.database());
        assertThat(place.contents().executions()).isEmpty();
    }

    @Test
    void ignoresAnAcceptedLossWhereNothingIsLost() {
        Place place = closed("live", 1);
        for (String flag : List.of("6", "all-6", "7", "nonsense")) {
            SqliteStore store = Place.open(place.store(flag));
            assertThat(store.status().sequence()).isEqualTo(COMMITS);
            await(store.close());
        }
    }

    @Test
    void tellsHistoriesApartThatDifferInOneStateOnly() throws IOException {
        Place place = closed("live", 1);
        Place other = place.copyTo(directory.resolve("other"));
        SqliteStore store = place.open();
        await(store.append(new PendingWrites()
                .change(Stores.state(1, ExecutionState.SUCCEEDED))
                .batch()));
        await(store.close());
        SqliteStore otherStore = other.open();
        await(otherStore.append(new PendingWrites()
                .change(Stores.state(1, ExecutionState.CANCELLED))
                .batch()));
        await(otherStore.close());
        Files.copy(other.database(), place.database(), REPLACE_EXISTING);

        assertThat(Place.refusal(place.store())).contains("are not those that were acknowledged");
    }

    @Test
    void keepsItsMarkInTwoSectorsHoweverManyCommits() throws IOException {
        Place place = place("live");
        SqliteStore store = place.open();
        for (int i = 0; i < 20; i++) {
            await(store.append(new PendingWrites()
                    .job(job(Stores.JOB, 1))
                    .accept(execution(i))
                    .batch()));
            Place.settle(store);
            assertThat(CommitMark.read(place.mark())).hasFieldOrPropertyWithValue("sequence", i + 1L);
            assertThat(place.mark()).hasSize(1_024);
        }
        await(store.close());
    }
}
