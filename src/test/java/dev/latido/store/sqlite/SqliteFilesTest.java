package dev.latido.store.sqlite;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.latido.cluster.ChildProcess;
import dev.latido.process.FileAccess;
import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the files of a store have to be, and to stay while it is open. */
@DisabledOnOs(OS.WINDOWS) // has other permissions
class SqliteFilesTest {

    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> EVERYBODYS = PosixFilePermissions.fromString("rw-rw-rw-");

    private static final List<String> OPENED = List.of("latido.db", "latido.db-wal", "latido.mark", "latido.lock");

    @TempDir
    Path directory;

    private Place place() {
        return new Place(directory.resolve("data"));
    }

    static Stream<String> files() {
        return Stream.concat(OPENED.stream(), Stream.of("latido.db-shm", "latido.db-journal"));
    }

    private Path made(String name) throws IOException {
        return Files.createDirectories(place().directory()).resolve(name);
    }

    // Permissions

    private List<Path> filesOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(place().directory().resolve("native")))
                    .toList();
        }
    }

    private void assertPrivate() throws IOException {
        for (Path file : filesOf(place().directory())) {
            assertThat(Files.getPosixFilePermissions(file)).as(file.toString()).isEqualTo(OURS);
        }
    }

    @Test
    void closesItsFilesToOthersInADirectoryThatIsOpenToThem() throws IOException {
        made("");
        Files.setPosixFilePermissions(place().directory(), PosixFilePermissions.fromString("rwxr-xr-x"));
        SqliteStore store = place().open();
        await(store.append(accept(1)));
        await(store.backUp(Instant.MAX));

        assertThat(filesOf(place().directory()))
                .extracting(file -> file.getFileName().toString())
                .contains("latido.db", "latido.db-wal", "latido.db-shm", "latido.mark", "latido.lock")
                .hasSize(7); // a backup and its mark
        assertPrivate();
        await(store.close());
        assertPrivate();
    }

    @Test
    void closesWhatAnEarlierVersionLeftOpen() throws IOException {
        await(place().open().append(accept(1)));
        Place left = place().copyTo(directory.resolve("left"));
        for (Path file : filesOf(left.directory())) {
            Files.setPosixFilePermissions(file, EVERYBODYS);
        }
        SqliteStore store = left.open();

        for (Path file : filesOf(left.directory())) {
            if (!file.toString().contains("native")) {
                assertThat(Files.getPosixFilePermissions(file))
                        .as(file.toString())
                        .isEqualTo(OURS);
            }
        }
        await(store.close());
    }

    // What stands in the place of a file

    @ParameterizedTest
    @MethodSource("files")
    void refusesALinkInPlaceOfAFile(String name) throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "somebody's");
        Files.createSymbolicLink(made(name), target);

        assertThat(Place.refusal(place().store()))
                .isEqualTo(made(name) + " is a symbolic link, and the store follows none. Put the file itself there");
        assertThat(target).hasContent("somebody's");
    }

    @ParameterizedTest
    @MethodSource("files")
    void refusesALinkToNothing(String name) throws IOException {
        Path target = directory.resolve("target");
        Files.createSymbolicLink(made(name), target);

        assertThat(Place.refusal(place().store())).contains(" is a symbolic link");
        assertThat(target).doesNotExist();
    }

    @ParameterizedTest
    @MethodSource("files")
    void refusesASecondNameOfAFile(String name) throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "somebody's");
        Files.createLink(made(name), target);

        assertThat(Place.refusal(place().store())).startsWith(made(name) + " is a hard link");
        assertThat(target).hasContent("somebody's");
    }

    @ParameterizedTest
    @MethodSource("files")
    void refusesADirectoryInPlaceOfAFile(String name) throws IOException {
        Files.createDirectory(made(name));

        assertThat(Place.refusal(place().store()))
                .isEqualTo(made(name) + " is not a file, and the store needs one there. Move it elsewhere");
    }

    @Test
    void takesADirectoryThatIsReachedByALink() throws IOException {
        made("");
        Place linked = new Place(Files.createSymbolicLink(directory.resolve("link"), place().directory()));
        SqliteStore store = linked.open();
        await(store.append(accept(1)));
        await(store.close());

        assertThat(place().contents().ids()).containsExactly(1L);
    }

    /** They mean something to SQLite's driver, in an address, or both. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a?mode=ro",
                "a?synchronous=OFF",
                "a%20b",
                "a#b",
                "a b",
                "a;b",
                "a&b=c",
                "file:a",
                ":memory:",
                "жёлтый"
            })
    void takesADirectoryOfAnyName(String name) throws IOException {
        assumeTrue(FileAccess.nameless(name).isEmpty());
        Place place = new Place(directory.resolve(name));
        SqliteStore store = place.open();
        await(store.append(accept(1)));
        await(store.backUp(Instant.MAX));
        await(store.close());

        assertThat(place.contents().ids()).containsExactly(1L);
        assertThat(place.database()).isNotEmptyFile();
        try (Stream<Path> made = Files.list(directory)) {
            assertThat(made).containsExactly(place.directory());
        }
    }

    @Test
    void refusesAPathThatIsTooLongForSqlite() {
        Path deep = directory;
        while (deep.toString().length() < 520) {
            deep = deep.resolve("d".repeat(50));
        }
        Place place = new Place(deep);

        assertThat(Place.refusal(place.store()))
                .contains("and SQLite takes 504; name a shorter one with store.directory");
        assertThat(deep).doesNotExist();
    }

    @Test
    void takesTheLongestPathThatSqliteTakes() {
        String name = "/latido.db";
        int left = 504 - directory.toString().length() - name.length();
        Path deep = directory;
        while (left > 102) {
            deep = deep.resolve("d".repeat(99));
            left -= 100;
        }
        Place place = new Place(deep.resolve("d".repeat(left - 1)));
        assertThat(place.database().toString()).hasSize(504);
        SqliteStore store = place.open();
        await(store.append(accept(1)));
        await(store.close());

        assertThat(place.contents().ids()).containsExactly(1L);
    }

    // The library

    /** Opens a store in a process of its own: the library is loaded once in each. Returns what that says. */
    private String openedElsewhere() throws IOException, InterruptedException {
        try (ChildProcess process = ChildProcess.start(
                ChildProcess.ownClassPath(),
                StoreProcess.class.getName(),
                place().directory().toString())) {
            return process.await(line -> line.startsWith("open ") || line.startsWith("refused "));
        }
    }

    @Test
    void deletesFromItsFolderOnlyWhatWasUnpackedBefore() throws Exception {
        Path folder = Files.createDirectories(place().directory().resolve("native"));
        Path old = Files.writeString(
                folder.resolve("sqlite-3.50.0.0-0f8fad5b-d9cb-469f-a165-70867728950e-libsqlitejdbc.so"), "old");
        List<Path> others = new ArrayList<>();
        for (String name : List.of("notes.txt", "sqlite-notes", "libsqlitejdbc.so", ".hidden")) {
            others.add(Files.writeString(folder.resolve(name), "somebody's"));
        }

        assertThat(openedElsewhere()).startsWith("open ");
        assertThat(old).doesNotExist();
        assertThat(others).allSatisfy(file -> assertThat(file).hasContent("somebody's"));
        assertThat(Files.getPosixFilePermissions(folder)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void refusesALinkInPlaceOfTheFolder() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Path theirs = Files.writeString(elsewhere.resolve("file"), "somebody's");
        Files.createSymbolicLink(made("native"), elsewhere);

        assertThat(openedElsewhere()).startsWith("refused " + made("native") + " is a symbolic link");
        assertThat(theirs).hasContent("somebody's");
    }

    @Test
    void refusesAFileInPlaceOfTheFolder() throws Exception {
        Files.writeString(made("native"), "somebody's");

        assertThat(openedElsewhere()).startsWith("refused " + made("native") + " is not a directory");
        assertThat(made("native")).hasContent("somebody's");
    }

    // While it is open

    private enum Change {
        REMOVED {
            @Override
            void to(Path file) throws IOException {
                Files.delete(file);
            }
        },
        MOVED {
            @Override
            void to(Path file) throws IOException {
                Files.move(file, file.resolveSibling("elsewhere"));
            }
        },
        REPLACED {
            @Override
            void to(Path file) throws IOException {
                Path copy = Files.copy(file, file.resolveSibling("copy"));
                Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
            }
        };

        abstract void to(Path file) throws IOException;
    }

    static Stream<Arguments> changes() {
        return OPENED.stream().flatMap(name -> Stream.of(Change.values()).map(change -> Arguments.of(name, change)));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void noticesWhenAFileIsNotTheOneAnyMore(String name, Change change) throws IOException {
        SqliteStore store = place().open();
        await(store.append(accept(1)));
        await(store.check());
        change.to(place().directory().resolve(name));

        for (StoreException failure : List.of(failure(store.check()), failure(store.append(accept(2))))) {
            assertThat(failure.kind()).isEqualTo(StoreException.Kind.BROKEN);
            assertThat(failure)
                    .hasMessageContaining(place().directory().resolve(name)
                            + " is not the file any more that this process opened: it was removed, moved or replaced");
        }
        await(store.close());
    }

    @Test
    void noticesWhenItsDirectoryIsAnotherOne() throws IOException {
        SqliteStore store = place().open();
        Files.move(place().directory(), directory.resolve("elsewhere"));
        assertThat(failure(store.check()).kind()).isEqualTo(StoreException.Kind.BROKEN);

        made("");
        assertThat(failure(store.append(accept(1))).kind()).isEqualTo(StoreException.Kind.BROKEN);
        await(store.close());
        assertThat(Files.exists(place().database(), LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void hasNothingToLookAtBeforeAndAfter() {
        SqliteStore store = place().store();
        await(store.check());
        await(store.open());
        await(store.close());
        await(store.check());
    }
}
