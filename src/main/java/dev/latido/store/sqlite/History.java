package dev.latido.store.sqlite;

import dev.latido.job.ExecutionId;
import dev.latido.store.Batch;
import dev.latido.store.NewPoints;
import dev.latido.store.StoreException;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The history of commits: how far it goes in the database, how far it was acknowledged, and whether the two agree.
 *
 * @param database the file
 * @param mark the file of the {@link CommitMark}
 * @param acceptLoss the loss that is given up, as a refusal names it
 */
record History(Path database, Path mark, String acceptLoss) {

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    /**
     * What there is.
     *
     * @param position where the history stands
     * @param log how long its log is
     */
    record Stored(CommitMark.Position position, Log.Extent log) {

        /** What there is where there is nothing yet. */
        static final Stored NOTHING = new Stored(CommitMark.START, Log.Extent.NONE);
    }

    /**
     * Reads where the database stands, without changing it: one that is refused may still be needed as it is. To open it for
     * writing would take the write-ahead log over and delete it, with all that is unreadable in it.
     *
     * @param version the newest version of the tables that is known
     */
    Stored read(int version) throws SQLException, StoreException {
        if (!Files.exists(database)) {
            return Stored.NOTHING;
        }
        // A rollback journal is from before the write-ahead log was on: a process died while it made the file, and only
        // who may write can take back what was half done.
        boolean isHalfMade = Files.exists(StoreFiles.journal(database));
        try (Connection reader = Connections.connect(database, !isHalfMade)) {
            boolean isEmpty = Schema.check(reader, database.toString(), version) == 0;
            return isEmpty ? Stored.NOTHING : new Stored(position(reader), Log.extent(reader));
        } catch (SQLException unreadable) {
            if (withoutLog(version) != null) {
                throw Sql.refused(database + " cannot be read with the log beside it, and can without ("
                        + unreadable.getMessage() + "): " + foreignLog());
            }
            throw unreadable;
        }
    }

    /** Returns where the database stands if its log is left out; null where there is none, or it cannot be read then. */
    private CommitMark.@Nullable Position withoutLog(int version) {
        Path log = StoreFiles.log(database);
        try {
            if (!Files.exists(log) || Files.size(log) == 0) {
                return null;
            }
            try (Connection reader = Connections.withoutLog(database)) {
                boolean isWhole = Schema.check(reader, database.toString(), version) > 0
                        && Sql.text(reader, "PRAGMA quick_check(1)").equals("ok");
                return isWhole ? position(reader) : null;
            }
        } catch (SQLException | StoreException | IOException broken) {
            return null;
        }
    }

    private String foreignLog() {
        return database
                + "-wal may belong to another database, such as the one that was here before this one was restored. Then"
                + " move latido.db-wal and latido.db-shm elsewhere, and keep them until all is well";
    }

    static CommitMark.Position position(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT sequence, hash FROM meta")) {
            if (!row.next()) {
                throw new SQLException("table meta is empty");
            }
            return new CommitMark.Position(row.getLong(1), row.getLong(2));
        }
    }

    /**
     * Compares what is there with what was acknowledged, and returns where the history goes on.
     *
     * @param version the newest version of the tables that is known
     */
    CommitMark.Position compare(CommitMark.Position stored, CommitMark.@Nullable Position acknowledged, int version)
            throws StoreException {
        if (agree(stored, acknowledged)) {
            return stored;
        }
        // Going on takes a further number, so that what is accepted here is accepted once.
        String loss = acknowledged == null ? "all-" + stored.sequence() : Long.toString(acknowledged.sequence());
        CommitMark.Position alone = acknowledged == null ? null : withoutLog(version);
        boolean isForeignLog = alone != null && agree(alone, acknowledged);
        String what = difference(stored, acknowledged)
                + (isForeignLog
                        ? ". Without the log beside it the database agrees with the mark: " + foreignLog()
                        : "");
        if (!acceptLoss.equals(loss)) {
            throw Sql.refused(
                    what + ": acknowledged work may be lost. Bring the missing files back, or give it up by starting"
                            + " once with -Dlatido.store.acceptLoss=" + loss);
        }
        LOG.warn("{}; this loss is accepted by store.acceptLoss", what);
        long next = 1 + Math.max(stored.sequence(), acknowledged == null ? 0 : acknowledged.sequence());
        return new CommitMark.Position(next, stored.hash());
    }

    /** The mark is written before the next commit, so that a crash leaves it one behind and no more. */
    private static boolean agree(CommitMark.Position stored, CommitMark.@Nullable Position acknowledged) {
        return acknowledged == null
                ? stored.sequence() == 0
                : stored.sequence() == acknowledged.sequence() + 1 || stored.equals(acknowledged);
    }

    private String difference(CommitMark.Position stored, CommitMark.@Nullable Position acknowledged) {
        if (acknowledged == null) {
            return mark + ", which tells what was acknowledged, is missing or unreadable";
        }
        if (stored.sequence() == acknowledged.sequence()) {
            return "the commits in " + database + " are not those that were acknowledged";
        }
        String end = database + " ends with commit " + stored.sequence();
        return stored.sequence() < acknowledged.sequence()
                ? end + ", but commit " + acknowledged.sequence() + " was acknowledged"
                : end + " and " + mark + " with " + acknowledged.sequence()
                        + ", so not all files here are of the same time";
    }

    /**
     * Returns where the history stands with one more commit. The hash tells histories apart: it guards against mistakes and
     * decay, not against an attack.
     */
    static CommitMark.Position after(CommitMark.Position before, Batch batch) {
        long hash = mix(before.hash(), before.sequence());
        hash = mix(hash, batch.size());
        for (StoredJob job : batch.jobs()) {
            hash = mix(hash, job.name().hashCode() + job.executionCount());
        }
        for (StoredKey key : batch.keys()) {
            hash = mix(hash, key.execution().value());
        }
        for (StoredExecution execution : batch.accepted()) {
            hash = mix(hash, execution.id().value());
        }
        for (StoredState state : batch.changed()) {
            hash = mix(hash, state.id().value() + Schema.STATES.indexOf(state.state()));
        }
        for (ExecutionId id : batch.forgotten()) {
            hash = mix(hash, id.value());
        }
        for (NewPoints points : batch.points()) {
            hash = mix(hash, points.row().minuteMillis() + points.row().stepSeconds());
        }
        return new CommitMark.Position(before.sequence() + 1, hash);
    }

    /** Takes one more number into a hash: FNV-1a, 64 bits, on whole words. */
    private static long mix(long hash, long word) {
        return Long.rotateLeft((hash ^ word) * 0x100000001b3L, 29);
    }
}
