package dev.latido.queue.storagequeue;

import dev.latido.job.Priority;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.QueueBinding;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Lists and replays dead letters. As many as can be looked at in place are; when there are more, or some are to be taken out, they
 * are hidden from others for some seconds, and come back by themselves. One after the other, on the broker's loop.
 */
final class Graveyard {

    /** How many are looked at, and how many bytes these may have. */
    private static final int MAX_LETTERS = 500;

    private static final long MAX_BYTES = 8L * 1024 * 1024;

    /** For how long others do not see what is looked at here, and those that are being replayed. */
    private static final Duration HIDDEN = Duration.ofSeconds(10);

    private static final Duration TAKEN = Duration.ofSeconds(60);

    private final QueueBinding binding;
    private final Names names;
    private final StorageClient client;
    private final Duration patience;
    private final LongSupplier nanos;
    private final Map<String, Grave> hidden = new HashMap<>();
    private long hiddenBytes;
    private Future<?> last = Future.succeededFuture();

    /**
     * One dead letter.
     *
     * @param messageId what the service calls it
     * @param receipt what it can be taken out by
     * @param untilNanos when others see it again
     * @param letter the same for people
     * @param lane where it goes
     * @param replayed its text as work
     */
    private record Grave(
            String messageId, String receipt, long untilNanos, DeadLetter letter, String lane, String replayed) {}

    Graveyard(QueueBinding binding, Names names, StorageClient client, Duration patience, LongSupplier nanos) {
        this.binding = binding;
        this.names = names;
        this.client = client;
        this.patience = patience;
        this.nanos = nanos;
    }

    /** Lists those behind {@code after}; fails with {@link CallException}. */
    Future<DeadLetters> list(String after, int limit) {
        return next(() -> seen().compose(graves -> client.count(names.dead(), patience)
                .map(total -> {
                    List<DeadLetter> letters = graves.stream()
                            .map(Grave::letter)
                            .filter(letter -> letter.id().compareTo(after) > 0)
                            .sorted(Comparator.comparing(DeadLetter::id))
                            .limit(limit)
                            .toList();
                    return new DeadLetters(letters, Math.max(total, letters.size()), 0);
                })));
    }

    /** Has these delivered anew, and completes with how many there were; fails with {@link CallException} when it was none. */
    Future<Integer> replay(List<String> ids) {
        Set<String> meant = Set.copyOf(ids);
        return next(() -> hide().compose(done -> {
            List<Future<Boolean>> all =
                    hidden.values().stream()
                            .filter(grave -> meant.contains(grave.letter().id()))
                            .toList()
                            .stream()
                            .map(this::replay)
                            .toList();
            return Future.join(all).transform((joined, failure) -> {
                int replayed = (int) all.stream()
                        .filter(each -> each.succeeded() && each.result())
                        .count();
                return replayed == 0 && failure != null
                        ? Future.failedFuture(failure)
                        : Future.succeededFuture(replayed);
            });
        }));
    }

    private <T> Future<T> next(Supplier<Future<T>> call) {
        Future<T> begun = last.transform((done, failure) -> call.get());
        last = begun;
        return begun;
    }

    private Future<List<Grave>> seen() {
        forgetVisible();
        if (!hidden.isEmpty()) {
            return hide();
        }
        return client.messages(Operation.peek(names.dead(), Operation.MAX_MESSAGES), patience)
                .compose(told -> told.size() < Operation.MAX_MESSAGES
                        ? Future.succeededFuture(
                                told.stream().map(each -> grave(each, 0)).toList())
                        : hide());
    }

    /** Hides those that are not, and completes with all that are. */
    private Future<List<Grave>> hide() {
        forgetVisible();
        if (hidden.size() + Operation.MAX_MESSAGES > MAX_LETTERS || hiddenBytes > MAX_BYTES) {
            return Future.succeededFuture(List.copyOf(hidden.values()));
        }
        long until = nanos.getAsLong() + HIDDEN.toNanos();
        return client.messages(Operation.take(names.dead(), Operation.MAX_MESSAGES, HIDDEN), patience)
                .compose(told -> {
                    for (Xml.Told each : told) {
                        Grave grave = grave(each, until);
                        forget(each.id());
                        hidden.put(each.id(), grave);
                        hiddenBytes += grave.replayed().length();
                    }
                    return told.size() == Operation.MAX_MESSAGES
                            ? hide()
                            : Future.succeededFuture(new ArrayList<>(hidden.values()));
                });
    }

    private void forgetVisible() {
        long now = nanos.getAsLong();
        hidden.values().stream()
                .filter(grave -> grave.untilNanos() - now <= 0)
                .map(Grave::messageId)
                .toList()
                .forEach(this::forget);
    }

    private void forget(String messageId) {
        Grave forgotten = hidden.remove(messageId);
        if (forgotten != null) {
            hiddenBytes -= forgotten.replayed().length();
        }
    }

    private Grave grave(Xml.Told told, long untilNanos) {
        Wire.Dead dead = Wire.dead(told.id(), told.text());
        long at = dead.at() > 0 ? dead.at() : ServerClock.millisOf(told.insertedAt());
        DeadLetter letter = new DeadLetter(
                String.format(Locale.ROOT, "%015d-%s", at, told.id()),
                dead.key(),
                dead.lane(),
                dead.payload(),
                dead.payloadBytes(),
                dead.reason(),
                dead.error(),
                at,
                dead.properties());
        String lane = names.lane(binding.lanes().contains(dead.lane()) ? dead.lane() : Priority.NORMAL);
        return new Grave(told.id(), told.receipt(), untilNanos, letter, lane, dead.replayed());
    }

    /** Is sure to have it, submits it anew, and takes it out: a crash in between leaves both. False when another had it. */
    private Future<Boolean> replay(Grave grave) {
        forget(grave.messageId());
        String queue = names.dead();
        return client.call(Operation.update(queue, grave.messageId(), grave.receipt(), TAKEN, null), patience)
                .compose(taken -> {
                    String receipt = String.valueOf(taken.headers().get(StorageQueue.RECEIPT));
                    return client.call(
                                    Operation.put(grave.lane(), grave.replayed(), Duration.ZERO, Operation.NEVER),
                                    patience)
                            .compose(put -> client.call(Operation.delete(queue, grave.messageId(), receipt), patience))
                            .map(true);
                })
                .recover(failure -> failure instanceof CallException known && known.isLeaseLost()
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(failure));
    }
}
