package dev.latido.store.sqlite;

import dev.latido.job.TimeSource;
import dev.latido.store.Backup;
import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Stream;

/**
 * Copies of the database, each with the mark that belongs to it, in a folder beside it. They are made while the database is
 * written to, on a connection of their own, and have the name of a backup only when they are complete.
 */
final class Backups {

    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("'latido-'uuuuMMdd'T'HHmmss.SSS'Z.db'").withZone(ZoneOffset.UTC);

    private static final String COMPLETE = "latido-\\d{8}T\\d{6}\\.\\d{3}Z\\.%s";

    private final Path folder;
    private final int keep;
    private final TimeSource time;

    Backups(Path folder, int keep, TimeSource time) {
        this.folder = folder;
        this.keep = keep;
        this.time = time;
    }

    /** Copies what {@code connection} reads, with {@code VACUUM INTO}: the copy has no unused space in it. */
    Backup make(Connection connection) throws SQLException, IOException, StoreException {
        Directories.make(folder);
        deleteUnfinished();
        Path file = folder.resolve(NAME.format(time.now().wall()));
        if (Files.exists(file)) {
            throw Sql.refused("there is a backup of this moment already: " + file);
        }
        Path unfinished = folder.resolve(file.getFileName() + ".part");
        try {
            copy(connection, unfinished);
            CommitMark.Position position;
            try (Connection copy = Connections.connect(unfinished, true)) {
                position = History.position(copy);
            }
            CommitMark.open(markOf(file), position).close();
            Directories.sync(folder); // so that no backup is without its mark
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            Directories.sync(folder);
            deleteOld(file);
            return new Backup(file.toString(), Files.size(file), position.sequence());
        } catch (SQLException | IOException failure) {
            deleteUnfinished(); // it may take the last of the space
            throw failure;
        }
    }

    private static void copy(Connection connection, Path to) throws SQLException, IOException {
        try (PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
            PrivateFiles.make(to); // an empty file will do
            vacuum.setString(1, to.toString());
            vacuum.execute();
        }
        sync(to);
    }

    private static Path markOf(Path file) {
        return file.resolveSibling(file.getFileName().toString().replaceFirst("\\.db$", ".mark"));
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private void deleteUnfinished() throws IOException {
        for (Path file : files("latido-.*\\.part(-.+)?")) {
            Files.delete(file);
        }
        List<Path> marks =
                files(COMPLETE.formatted("db")).stream().map(Backups::markOf).toList();
        for (Path mark : files(COMPLETE.formatted("mark"))) {
            if (!marks.contains(mark)) {
                Files.delete(mark);
            }
        }
    }

    /** Deletes what is too many; {@code latest} is kept even when the clock went back and others look newer. */
    private void deleteOld(Path latest) throws IOException {
        List<Path> others = files(COMPLETE.formatted("db")).stream()
                .filter(file -> !file.equals(latest))
                .toList();
        for (Path file : others.subList(0, Math.max(0, others.size() + 1 - keep))) {
            Files.delete(file); // first, for a mark alone is no backup
            Files.deleteIfExists(markOf(file));
        }
    }

    private List<Path> files(String pattern) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.getFileName().toString().matches(pattern))
                    .sorted()
                    .toList();
        }
    }
}
