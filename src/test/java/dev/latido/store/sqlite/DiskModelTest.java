package dev.latido.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the model of a disk leaves when the power is cut. */
@Tag("fast")
class DiskModelTest {

    private static final Path ROOT = Path.of("/root");
    private static final Path FILE = ROOT.resolve("file");
    private static final Path OTHER = ROOT.resolve("other");
    private static final int MANY = 300;

    private final DiskModel disk = new DiskModel(ROOT, 1);

    private static byte[] sectors(String letters) {
        byte[] bytes = new byte[letters.length() * DiskModel.SECTOR];
        for (int i = 0; i < letters.length(); i++) {
            Arrays.fill(bytes, i * DiskModel.SECTOR, (i + 1) * DiskModel.SECTOR, (byte) letters.charAt(i));
        }
        return bytes;
    }

    private void write(int sector, String letters) {
        disk.take(new DiskEvent.Written(FILE, (long) sector * DiskModel.SECTOR, sectors(letters)));
    }

    private void sync(Path path, boolean isDone) {
        disk.take(new DiskEvent.Synced(path, isDone));
    }

    /** Makes a file with two sectors that are on the disk. */
    private void makeFile() {
        disk.take(new DiskEvent.Opened(FILE));
        write(0, "ab");
        sync(FILE, true);
        sync(ROOT, true);
    }

    /** Returns all that the file may be after a cut: a letter a sector, {@code 0} for zeros, {@code -} for no file. */
    private Set<String> left(Path file) {
        return LongStream.range(0, MANY)
                .mapToObj(seed -> disk.cut(seed).get(file))
                .map(bytes -> bytes == null ? "-" : letters(bytes))
                .collect(Collectors.toSet());
    }

    private static String letters(byte[] bytes) {
        StringBuilder letters = new StringBuilder();
        for (int at = 0; at < bytes.length; at += DiskModel.SECTOR) {
            letters.append(bytes[at] == 0 ? '0' : (char) bytes[at]);
        }
        return letters.toString();
    }

    @Test
    void keepsWhatWasSynced() {
        makeFile();

        assertThat(left(FILE)).containsExactly("ab");
    }

    @Test
    void keepsAnySectorsOfWhatWasNotSynced() {
        makeFile();
        write(1, "XY");

        assertThat(left(FILE)).containsExactlyInAnyOrder("ab", "aX", "ab0", "aX0", "abY", "aXY");
    }

    @Test
    void neverWritesWhatCouldNotBeSyncedThoughItIsRead() {
        makeFile();
        write(1, "XY");
        sync(FILE, false);
        write(3, "Z");
        sync(FILE, true);

        assertThat(disk.cached(FILE)).isEqualTo(sectors("aXYZ"));
        assertThat(left(FILE)).containsExactly("ab0Z");
    }

    @Test
    void writesWhatCouldNotBeSyncedOnceItIsWrittenAgain() {
        makeFile();
        write(1, "XY");
        sync(FILE, false);
        write(1, "XY");
        sync(FILE, true);

        assertThat(left(FILE)).containsExactly("aXY");
    }

    @Test
    void keepsOrLosesWhatWasCutOff() {
        makeFile();
        disk.take(new DiskEvent.Resized(FILE, 0));
        assertThat(left(FILE)).containsExactlyInAnyOrder("ab", "");
        write(0, "X");
        assertThat(left(FILE)).containsExactlyInAnyOrder("ab", "", "0", "X");
        sync(FILE, true);
        assertThat(left(FILE)).containsExactly("X");
    }

    @Test
    void losesAFileWhoseDirectoryWasNotSynced() {
        disk.take(new DiskEvent.Opened(FILE));
        write(0, "ab");
        sync(FILE, true);

        assertThat(left(FILE)).containsExactlyInAnyOrder("-", "ab");
    }

    @Test
    void keepsTheOldNameUntilTheDirectoryIsSynced() {
        makeFile();
        disk.take(new DiskEvent.Renamed(FILE, OTHER));
        assertThat(left(FILE)).containsExactlyInAnyOrder("-", "ab");
        sync(ROOT, false);
        assertThat(left(OTHER)).containsExactlyInAnyOrder("-", "ab");
        sync(ROOT, true);

        assertThat(left(OTHER)).containsExactly("ab");
        assertThat(left(FILE)).containsExactly("-");
    }

    @Test
    void losesAllThatIsInADirectoryThatIsLost() {
        Path inner = ROOT.resolve("inner");
        disk.take(new DiskEvent.DirectoryMade(inner));
        disk.take(new DiskEvent.Opened(inner.resolve("file")));
        sync(inner.resolve("file"), true);
        sync(inner, true);

        assertThat(left(inner.resolve("file"))).containsExactlyInAnyOrder("-", "");
        sync(ROOT, true);
        assertThat(left(inner.resolve("file"))).containsExactly("");
    }
}
