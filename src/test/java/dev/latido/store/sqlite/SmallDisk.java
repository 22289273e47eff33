package dev.latido.store.sqlite;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file system in memory that is soon full. Tests that need one are left out where it cannot be mounted (as root only). */
public final class SmallDisk implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SmallDisk.class);
    private static final int PAGE = 4_096;

    private final Path root;

    private SmallDisk(Path root) {
        this.root = root;
    }

    public static SmallDisk mount(Path root, int kib, String... options) throws IOException, InterruptedException {
        String all = String.join(
                ",",
                Stream.concat(Stream.of("size=" + kib + "k"), Stream.of(options))
                        .toList());
        boolean isMounted = run("mount", "-t", "tmpfs", "-o", all, "tmpfs", root.toString());
        if (!isMounted) {
            LOG.warn("a small file system cannot be mounted here, so this check is left out");
        }
        assumeTrue(isMounted);
        return new SmallDisk(root);
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException isMissing) {
            return false;
        }
    }

    public Path root() {
        return root;
    }

    private Path ballast() {
        return root.resolve("ballast");
    }

    /** Takes all the space that is left. */
    public void fill() throws IOException {
        try (FileChannel file = FileChannel.open(
                ballast(), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            while (true) {
                file.write(ByteBuffer.allocate(PAGE));
            }
        } catch (IOException isFull) {
            if (Files.getFileStore(root).getUsableSpace() > 0) {
                throw isFull;
            }
        }
    }

    /** Gives some of the space back; returns whether there was some. */
    boolean free(int pages) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(ballast().toFile(), "rw")) {
            long left = Math.max(0, file.length() - (long) pages * PAGE);
            boolean hadSome = file.length() > 0;
            file.setLength(left);
            return hadSome;
        }
    }

    /** Gives all the space back. */
    public void free() throws IOException {
        Files.deleteIfExists(ballast());
    }

    void makeReadOnly() throws IOException, InterruptedException {
        assumeTrue(run("mount", "-o", "remount,ro", root.toString()));
    }

    @Override
    public void close() throws IOException {
        try {
            if (!run("umount", root.toString()) && !run("umount", "-l", root.toString())) {
                throw new IOException("cannot unmount " + root);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
