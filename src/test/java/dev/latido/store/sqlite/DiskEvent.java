package dev.latido.store.sqlite;

import java.nio.file.Path;

/** What a process did to the files of a store, or said, in the order in which it happened. */
sealed interface DiskEvent {

    /** A file was made, or found, by opening it. */
    record Opened(Path file) implements DiskEvent {}

    /** Bytes were written to the page cache. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares it
    record Written(Path file, long at, byte[] bytes) implements DiskEvent {}

    /** A file was cut, or lengthened with zeros. */
    record Resized(Path file, long size) implements DiskEvent {}

    /** A file or a directory was synced; {@code isDone} is false when that failed. */
    record Synced(Path path, boolean isDone) implements DiskEvent {}

    /** A file got another name in the same directory. */
    record Renamed(Path from, Path to) implements DiskEvent {}

    /** A file lost its name. */
    record Removed(Path file) implements DiskEvent {}

    /** A directory was made. */
    record DirectoryMade(Path directory) implements DiskEvent {}

    /** The process printed a line. */
    record Said(String line) implements DiskEvent {}
}
