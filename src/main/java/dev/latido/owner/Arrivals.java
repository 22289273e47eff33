package dev.latido.owner;

import dev.latido.core.Input;
import dev.latido.job.Priority;
import dev.latido.job.TimeSource;
import dev.latido.move.CannotMoveException;
import dev.latido.move.MoveTarget;
import dev.latido.protocol.Command;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.queue.Delivery;
import dev.latido.queue.Message;
import dev.latido.queue.MessageFields;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Submits what is moved to the queues of jobs. */
final class Arrivals implements MoveTarget {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** The key was used before, for what is not this message. */
    private static final Set<String> OF_KEYS =
            Set.of(Refusal.KEY_REUSED, Refusal.KEY_CANCELLED, Refusal.KEY_EXPIRED, Refusal.KEY_FORGOTTEN);

    /** Trying again does not help. */
    private static final Set<String> FOR_GOOD = Set.of(
            Refusal.PAYLOAD_TOO_LARGE, Refusal.INVALID, Refusal.CLOSED, Refusal.UNKNOWN_JOB, Refusal.NOT_POSSIBLE_HERE);

    private final EffectRunner runner;
    private final Map<String, JobWorkers> workers;
    private final TimeSource time;
    private final Consumer<Input> inputs;

    /**
     * Makes it.
     *
     * @param inputs takes submissions
     */
    Arrivals(EffectRunner runner, Map<String, JobWorkers> workers, TimeSource time, Consumer<Input> inputs) {
        this.runner = runner;
        this.workers = workers;
        this.time = time;
        this.inputs = inputs;
    }

    @Override
    public Future<Void> handIn(String job, Delivery message) {
        JobWorkers known = workers.get(job);
        QueueUse use = known == null ? null : known.queue();
        return use == null
                ? submit(job, message, message.properties().containsKey(Delivery.ROUND) ? null : message.key())
                : publish(job, message, use.queue().binding().lanes());
    }

    /** Keys that the broker knows say nothing of this one: it may have been there before, and been moved away. */
    private Future<Void> publish(String job, Delivery message, List<Priority> lanes) {
        Map<String, String> properties = message.properties().entrySet().stream()
                .filter(each -> MessageFields.isProperty(each.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return runner.enqueue(
                        job,
                        new Message(
                                Message.keyOf(message.key()),
                                false,
                                message.payload(),
                                nearest(message.lane(), lanes),
                                Duration.ZERO,
                                properties))
                .<Void>mapEmpty()
                .recover(failure -> Future.failedFuture(
                        failure instanceof QueueException refused && refused.kind() == Kind.TOO_LARGE
                                ? new CannotMoveException(String.valueOf(failure.getMessage()))
                                : failure));
    }

    /** Returns the lane itself; of those that there are, the one closest to it where there is none such. */
    private static Priority nearest(Priority lane, List<Priority> lanes) {
        return lanes.stream()
                .min(Comparator.comparingInt(each -> Math.abs(each.compareTo(lane))))
                .orElse(Priority.NORMAL);
    }

    private Future<Void> submit(String job, Delivery message, @Nullable String key) {
        Promise<Void> promise = Promise.promise();
        Submission item = new Submission(
                message.payload(),
                message.payloadBytes(),
                message.lane(),
                Duration.ZERO,
                null,
                key == null ? null : Message.keyOf(key));
        Command.Submit command = new Command.Submit(
                job,
                List.of(item),
                time.now().wall().plus(PATIENCE),
                message.properties().get(Delivery.TRACEPARENT));
        inputs.accept(new Input.CommandReceived(command, reply -> {
            Refusal refusal = refusal(reply);
            if (refusal == null) {
                promise.complete();
            } else if (key != null && OF_KEYS.contains(refusal.type())) {
                submit(job, message, null).onComplete(promise);
            } else {
                promise.fail(
                        FOR_GOOD.contains(refusal.type())
                                ? new CannotMoveException(refusal.detail())
                                : new QueueException(Kind.UNAVAILABLE, refusal.detail()));
            }
        }));
        return promise.future();
    }

    private static @Nullable Refusal refusal(Reply reply) {
        if (reply instanceof Refusal refusal) {
            return refusal;
        }
        Reply answer =
                reply instanceof Submitted submitted ? submitted.answers().get(0) : reply;
        return answer instanceof Refusal refusal ? refusal : null;
    }
}
