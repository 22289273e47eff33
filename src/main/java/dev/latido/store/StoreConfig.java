package dev.latido.store;

import java.nio.file.Path;

/**
 * Where and how to store.
 *
 * @param type what kind of store
 * @param directory where its files are
 * @param maxPending how many rows may wait to be written before no more work is taken in, from 1
 * @param keepBackups how many backups are kept, from 1; the oldest are deleted once a new one is complete
 * @param acceptLoss what was lost and is given up, as the refusal to start names it; empty for nothing
 */
public record StoreConfig(Type type, Path directory, int maxPending, int keepBackups, String acceptLoss) {

    /** The kinds of stores. */
    public enum Type {
        /** One file. */
        SQLITE,
        /** Nothing outlives the process. */
        MEMORY
    }

    /** What holds when nothing else is said. */
    public static final StoreConfig DEFAULT = new StoreConfig(Type.SQLITE, Path.of("data"), 20_000, 10, "");
}
