package dev.latido.store.sqlite;

import dev.latido.process.FileAccess;
import dev.latido.process.ProcessEnd;
import dev.latido.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * Has threads work on a database, and says what was wrong when they cannot.
 *
 * @param directory where it is
 * @param database its file
 */
record StoreWork(Path directory, Path database) {

    /** Something that takes long and may fail. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws SQLException, IOException, StoreException;
    }

    /** Something that takes long, may fail, and has no result. */
    @FunctionalInterface
    interface Action {
        void run() throws SQLException, IOException, StoreException;
    }

    /**
     * Has {@code thread} do {@code action}.
     *
     * @param what what that is, as in "cannot … the database"
     */
    Future<Void> run(ExecutorService thread, String what, Action action) {
        return on(thread, what, () -> {
                    action.run();
                    return true;
                })
                .mapEmpty();
    }

    /** Does the same with something that has a result. */
    <T> Future<T> on(ExecutorService thread, String what, Work<T> work) {
        Promise<T> promise = Promise.promise();
        try {
            thread.execute(() -> {
                T result;
                try {
                    result = work.run();
                } catch (Exception | Error failure) { // whatever it is, somebody waits for it
                    ProcessEnd.endIfOutOfMemory(failure);
                    promise.fail(explained(what, failure));
                    return;
                }
                promise.complete(result);
            });
        } catch (RejectedExecutionException rejected) {
            promise.fail(
                    thread.isShutdown()
                            ? new StoreException(StoreException.Kind.BROKEN, "the store is closed", rejected)
                            : new StoreException(
                                    StoreException.Kind.UNAVAILABLE,
                                    "cannot " + what + " " + database + ": too many wait for that already",
                                    rejected));
        }
        return promise.future();
    }

    /** Returns what {@code failure} means to whoever wanted {@code what}. */
    StoreException explained(String what, Throwable failure) {
        if (failure instanceof StoreException known) {
            return known;
        }
        StoreException.Kind kind = failure instanceof SQLException sql ? Sql.kind(sql) : StoreException.Kind.BROKEN;
        String reason = kind == StoreException.Kind.FULL
                ? "no space left where " + directory + " is"
                : FileAccess.reason(failure);
        return new StoreException(kind, "cannot " + what + " " + database + ": " + reason, failure);
    }
}
