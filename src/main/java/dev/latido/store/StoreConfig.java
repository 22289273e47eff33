package dev.latido.store;

import dev.latido.process.FileAccess;
import dev.latido.setting.Section;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where and how to store.
 *
 * @param type what kind of store
 * @param directory where its files are
 * @param maxPending how many rows may wait to be written before no more work is taken in, from 1
 * @param keepBackups how many backups are kept, from 1; the oldest are deleted once a new one is complete
 * @param acceptLoss what was lost and is given up, as the refusal to start names it; empty for nothing
 * @param waitForLock how long to wait for another process that uses the directory to end
 */
public record StoreConfig(
        Type type, Path directory, int maxPending, int keepBackups, String acceptLoss, Duration waitForLock) {

    /** The kinds of stores. */
    public enum Type {
        /** One file. */
        SQLITE,
        /** Nothing outlives the process. */
        MEMORY
    }

    /** What holds when nothing else is said. */
    public static final StoreConfig DEFAULT =
            new StoreConfig(Type.SQLITE, Path.of("data"), 20_000, 10, "", Duration.ZERO);

    /** Reads all of them. */
    public static StoreConfig read(Section section) {
        Type type = section.choice("type", DEFAULT.type, Type.class);
        String directory = section.string("directory", DEFAULT.directory.toString());
        int maxPending = section.integer("maxPending", DEFAULT.maxPending, 1, 10_000_000);
        int keepBackups = section.integer("keepBackups", DEFAULT.keepBackups, 1, 1_000_000);
        String acceptLoss = section.optional("acceptLoss");
        Duration waitForLock = section.duration("waitForLock", DEFAULT.waitForLock, Duration.ZERO, Duration.ofHours(1));
        section.end();
        try {
            return new StoreConfig(type, Path.of(directory), maxPending, keepBackups, acceptLoss, waitForLock);
        } catch (InvalidPathException e) {
            section.problem(
                    "directory",
                    "must be the path of a directory, was " + Section.shown(directory) + ": " + FileAccess.reason(e));
            return DEFAULT;
        }
    }
}
