package dev.latido.owner;

import dev.latido.protocol.Counted;
import dev.latido.protocol.FailureFilter;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.JobQueue;
import dev.latido.queue.QueueException;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;

/** Goes through the dead letters of a queue, page by page, and has those delivered anew that are meant. */
final class DeadLetterReplay {

    /** How many pages are looked at; there are no more dead letters than these hold. */
    private static final int MAX_PAGES = 1_000;

    private final JobQueue queue;
    private final FailureFilter filter;
    private final boolean countOnly;
    private final int most;
    private int matched;
    private int replayed;

    /**
     * Makes one.
     *
     * @param most how many are delivered anew at most
     */
    DeadLetterReplay(JobQueue queue, FailureFilter filter, boolean countOnly, int most) {
        this.queue = queue;
        this.filter = filter;
        this.countOnly = countOnly;
        this.most = most;
    }

    Future<Counted> run() {
        return page("", MAX_PAGES).map(done -> new Counted(matched, replayed));
    }

    private Future<Void> page(String after, int left) {
        return queue.deadLetters(after, JobQueue.MAX_LISTED)
                .compose(page -> replay(page).compose(goesOn -> {
                    List<DeadLetter> letters = page.letters();
                    return goesOn && letters.size() == JobQueue.MAX_LISTED && left > 1
                            ? page(letters.get(letters.size() - 1).id(), left - 1)
                            : Future.succeededFuture();
                }));
    }

    /** Has those of a page delivered anew that are meant; false when no more can be. */
    private Future<Boolean> replay(DeadLetters page) {
        List<String> meant = page.letters().stream()
                .filter(letter -> filter.matches(letter.error(), Instant.ofEpochMilli(letter.diedAt())))
                .map(DeadLetter::id)
                .toList();
        matched += meant.size();
        List<String> taken = meant.subList(0, Math.min(meant.size(), most - replayed));
        if (countOnly || taken.isEmpty()) {
            return Future.succeededFuture(true);
        }
        return queue.replay(taken)
                .map(count -> {
                    replayed += count;
                    return count == taken.size();
                })
                .recover(failure -> isFull(failure) ? Future.succeededFuture(false) : Future.failedFuture(failure));
    }

    private static boolean isFull(Throwable failure) {
        return failure instanceof QueueException known && known.kind() == QueueException.Kind.FULL;
    }
}
