package dev.latido.client;

import dev.latido.job.TimeSource;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.CommandType;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ways in which work is submitted. Usually all takes one channel. But when every place in it is held, perhaps by producers
 * who wait for room, what has a key does not wait behind them: it may have been accepted before, and then is answered
 * whether or not there is room. It is shown to the owner at once, in a channel beside, and takes the usual one only with what
 * the owner had no room for.
 */
final class SubmitChannels {

    private final RequestChannel usual;
    private final RequestChannel beside;
    private final TimeSource time;

    SubmitChannels(RequestChannel usual, RequestChannel beside, TimeSource time) {
        this.usual = usual;
        this.beside = beside;
        this.time = time;
    }

    RequestChannel usual() {
        return usual;
    }

    /** Submits {@code items}; those without room wait for it up to {@code timeout}. */
    Future<Submitted> send(@Nullable String job, List<Submission> items, Duration timeout, @Nullable String trace) {
        boolean isCrowded = usual.inFlight() >= usual.config().maxInFlight();
        if (!isCrowded || items.stream().allMatch(item -> item.key() == null)) {
            return send(usual, job, items, true, timeout, trace);
        }
        long begunNanos = time.nanos();
        return send(beside, job, items, false, timeout, trace).transform(shown -> {
            List<Integer> open = shown.failed() ? all(items) : withoutRoom(shown.result());
            if (open.isEmpty()) {
                return Future.succeededFuture(shown.result());
            }
            Duration left = timeout.minusNanos(time.nanos() - begunNanos);
            Future<Submitted> sent =
                    send(usual, job, open.stream().map(items::get).toList(), true, left, trace);
            return shown.failed() ? sent : merged(shown.result(), open, sent);
        });
    }

    /** Submits {@code items}; those without room are refused at once. */
    Future<Submitted> sendWithoutWaiting(@Nullable String job, List<Submission> items, @Nullable String trace) {
        return send(usual, job, items, false, usual.config().timeout(), trace);
    }

    private static Future<Submitted> send(
            RequestChannel channel,
            @Nullable String job,
            List<Submission> items,
            boolean mayWait,
            Duration timeout,
            @Nullable String trace) {
        return channel.send(
                        CommandType.SUBMIT,
                        timeout,
                        null,
                        deadline -> new Command.Submit(job, items, mayWait, deadline, trace))
                .map(Submitted.class::cast);
    }

    private static List<Integer> all(List<Submission> items) {
        List<Integer> places = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            places.add(i);
        }
        return places;
    }

    private static List<Integer> withoutRoom(Submitted submitted) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < submitted.answers().size(); i++) {
            if (submitted.answers().get(i) instanceof Refusal refusal
                    && refusal.type().equals(Refusal.QUEUE_FULL)) {
                places.add(i);
            }
        }
        return places;
    }

    private static Future<Submitted> merged(Submitted first, List<Integer> places, Future<Submitted> second) {
        return second.transform(done -> {
            if (done.failed() && !(done.cause() instanceof CommandException)) {
                return Future.failedFuture(done.cause());
            }
            List<Reply> answers = new ArrayList<>(first.answers());
            for (int i = 0; i < places.size(); i++) {
                answers.set(
                        places.get(i),
                        done.succeeded()
                                ? done.result().answers().get(i)
                                : ((CommandException) done.cause()).refusal());
            }
            return Future.succeededFuture(new Submitted(answers));
        });
    }
}
