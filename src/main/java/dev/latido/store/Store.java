package dev.latido.store;

import dev.latido.job.ExecutionId;
import io.vertx.core.Future;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the owner of the jobs knows. Used by one owner, which calls {@link #open}, then {@link #scan}, then
 * {@link #append} again and again, and {@link #close} at the end. Nothing here blocks its caller; futures complete on
 * threads of the store's own, and fail with {@link StoreException} only.
 */
public interface Store {

    /**
     * Opens what is there, or makes it. With that a term begins, in which whoever opened it owns what is there: of any term
     * before nothing is written from then on. A store that only one may open at a time has no need to tell terms apart.
     *
     * @return fails with {@link StoreException.Kind#REFUSED} when it must not be used, and why, in words for people; it is
     *     then left as it was
     */
    Future<Void> open();

    /**
     * Reads everything. {@code reader} is called on one thread of the store's own, and not any more once the future is
     * complete.
     *
     * @return fails, with what the reader threw as cause, when the reader threw
     */
    Future<Void> scan(StoreReader reader);

    /**
     * Writes a batch as one transaction. One call at a time: the next one after the future is complete.
     *
     * @return succeeds once the batch is where no end of the process or of the machine can undo it. When it fails, all of
     *     the batch is written or nothing, and {@link StoreException#kind} says whether to try the same batch again; with
     *     {@link StoreException.Kind#FENCED} this call wrote nothing, though one for the same batch may have, if it was in doubt
     */
    Future<Void> append(Batch batch);

    /**
     * Reads the payload and the result of an execution, as the latest batch left them whose future is complete, or a later one.
     * May be called from any thread, at any time, and waits for no batch. Of calls that are not complete yet there may be some
     * thousands; each further one fails with {@link StoreException.Kind#UNAVAILABLE}.
     *
     * @return null when nothing is stored of the execution, or not any more; fails with {@link StoreException.Kind#DAMAGED} when
     *     one of the two is not what was written, and with {@link StoreException.Kind#BROKEN} when it cannot be read, and
     *     never will
     */
    Future<@Nullable StoredTexts> texts(ExecutionId id);

    /**
     * Copies everything that is written, while writing goes on, to a place of the store's choice. One copy is made at a time; a
     * few may wait for that, and each further one fails with {@link StoreException.Kind#UNAVAILABLE}.
     *
     * @param deadline from when on nobody wants the copy any more: one that has not begun by then is not made, and fails with
     *     {@link StoreException.Kind#UNAVAILABLE}. One that has begun is finished, and counts among those that are kept
     */
    Future<Backup> backUp(Instant deadline);

    /**
     * Looks whether what was opened is still what the next start will find. May be called while it is not open, when there is
     * nothing to look at, and beside all other calls.
     *
     * @return fails with {@link StoreException.Kind#BROKEN} when it is not, as when its files were removed, and with
     *     {@link StoreException.Kind#FENCED} when another owner opened it since
     */
    Future<Void> check();

    /** Returns how the store is. May be called from any thread, at any time. */
    StoreStatus status();

    /** Closes in order. Closing twice, or what was never opened, changes nothing. */
    Future<Void> close();
}
