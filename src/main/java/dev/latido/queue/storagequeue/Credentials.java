package dev.latido.queue.storagequeue;

import dev.latido.loop.EventLoop;
import dev.latido.queue.StorageAccount;
import dev.latido.queue.storagequeue.CallException.Kind;
import dev.latido.setting.Secret;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What opens the account, from its file as that was when it was last asked for or refused. The token of an identity is renewed
 * when half of its time is over; until the new one is there, the old one does. On the broker's loop, and only reading is not.
 */
final class Credentials {

    private static final Duration TRIED_AGAIN = Duration.ofSeconds(10);
    private static final Pattern SIGNATURE = Pattern.compile("(^|&)sig=[^&]+");

    private final Vertx vertx;
    private final StorageAccount account;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final @Nullable TokenExchange exchange;
    private @Nullable Proof proof;

    /** When it is renewed, and when it is over; for those that end. */
    private long renewedAt;

    private long endsAt;
    private boolean isReading;
    private final List<Promise<Proof>> waiting = new ArrayList<>();

    /**
     * What is shown with a request. Exactly one of all is there.
     *
     * @param key signs it
     * @param sas is part of its URL
     * @param token is sent along
     */
    record Proof(
            @Nullable SharedKey key,
            @Nullable String sas,
            @Nullable String token) {
        /** Has no secrets. */
        @Override
        public String toString() {
            return "a proof";
        }
    }

    /** A proof, and for how long it can be used. */
    record Timed(Proof proof, @Nullable Duration lifetime) {}

    /**
     * Makes them.
     *
     * @param exchange gets tokens; null where the account is opened otherwise
     */
    Credentials(
            Vertx vertx, StorageAccount account, EventLoop loop, LongSupplier nanos, @Nullable TokenExchange exchange) {
        this.vertx = vertx;
        this.account = account;
        this.loop = loop;
        this.nanos = nanos;
        this.exchange = exchange;
    }

    /** Returns what to show; fails with {@link CallException}. */
    Future<Proof> proof() {
        Proof now = proof;
        if (now == null || (exchange != null && nanos.getAsLong() - endsAt >= 0)) {
            return read();
        }
        if (exchange != null && nanos.getAsLong() - renewedAt >= 0) {
            renewedAt = nanos.getAsLong() + TRIED_AGAIN.toNanos();
            read(); // what it fails by is told when this one is over
        }
        return Future.succeededFuture(now);
    }

    /** Returns what to show now that {@code refused} was refused: the same, unless there is another. */
    Future<Proof> proofAfter(Proof refused) {
        return proof == null || proof.equals(refused) ? read() : Future.succeededFuture(proof);
    }

    private Future<Proof> read() {
        Promise<Proof> promise = Promise.promise();
        waiting.add(promise);
        if (!isReading) {
            isReading = true;
            obtain().onComplete((timed, failure) -> loop.execute(() -> obtained(timed, failure)));
        }
        return promise.future();
    }

    private Future<Timed> obtain() {
        StorageAccount.Identity identity = account.identity();
        Secret secret = identity != null ? identity.assertion() : account.sas() != null ? account.sas() : account.key();
        if (secret == null) {
            throw new IllegalStateException("nothing opens the account");
        }
        return vertx.executeBlocking(secret::read)
                .transform((text, failure) -> failure != null
                        ? Future.failedFuture(new CallException(
                                Kind.REFUSED, "what opens the account cannot be read: " + failure.getMessage()))
                        : exchange != null ? exchange.token(text) : proofOf(text));
    }

    private Future<Timed> proofOf(String text) {
        if (account.sas() != null) {
            int begin = text.indexOf('?'); // the portal shows it as a whole URL, too
            String sas = text.substring(begin + 1).strip();
            return SIGNATURE.matcher(sas).find() && sas.chars().noneMatch(c -> c <= ' ' || c > '~')
                    ? Future.succeededFuture(new Timed(new Proof(null, sas, null), null))
                    : Future.failedFuture(new CallException(
                            Kind.REFUSED, "the shared access signature is none: it has no sig=, or spaces"));
        }
        try {
            return Future.succeededFuture(new Timed(new Proof(new SharedKey(account.name(), text), null, null), null));
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(new CallException(Kind.REFUSED, String.valueOf(e.getMessage())));
        }
    }

    private void obtained(@Nullable Timed timed, @Nullable Throwable failure) {
        isReading = false;
        if (timed != null) {
            if (!timed.proof().equals(proof)) {
                proof = timed.proof();
            }
            if (timed.lifetime() != null) {
                renewedAt = nanos.getAsLong() + timed.lifetime().toNanos() / 2;
                endsAt = nanos.getAsLong() + timed.lifetime().toNanos();
            }
        }
        Proof now = proof;
        List<Promise<Proof>> told = List.copyOf(waiting);
        waiting.clear();
        for (Promise<Proof> promise : told) {
            if (timed != null && now != null) {
                promise.complete(now);
            } else {
                promise.fail(failure instanceof CallException ? failure : unexpected(failure));
            }
        }
    }

    private static CallException unexpected(@Nullable Throwable failure) {
        return new CallException(Kind.REFUSED, "what opens the account was not got: " + failure);
    }
}
