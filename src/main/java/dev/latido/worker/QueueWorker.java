package dev.latido.worker;

import dev.latido.json.JsonValue;
import dev.latido.queue.Message;
import dev.latido.queue.Producer;
import dev.latido.queue.ProducerConfig;
import dev.latido.queue.QueueException;
import dev.latido.queue.Receipt;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The worker {@code queue}: publishes the payload to a queue at a broker, under the key of the work, so that another attempt makes
 * no second message where the broker keeps keys. The result names queue and key. A queue that is full or cannot be reached is a worker
 * that is not there: the job waits for it, and no attempt is used up.
 */
final class QueueWorker implements Worker {

    private static final String TRACEPARENT = "traceparent";

    private final Producer producer;
    private final ProducerConfig target;

    QueueWorker(Producer producer, ProducerConfig target) {
        this.producer = producer;
        this.target = target;
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        String key = Message.keyOf(task.key());
        String trace = task.trace();
        Message message = new Message(
                key,
                true,
                task.payload(),
                target.binding().lanes().get(0),
                Duration.ZERO,
                trace == null ? Map.of() : Map.of(TRACEPARENT, trace));
        return producer.enqueue(message)
                .transform((receipt, failure) ->
                        failure == null ? taken(key, receipt) : Future.failedFuture(meaning(failure)));
    }

    private Future<@Nullable String> taken(String key, Receipt receipt) {
        return receipt.isSame()
                ? Future.succeededFuture(JsonValue.textOf(Map.of("queue", target.id(), "key", key)))
                : Future.failedFuture(WorkFailedException.doNotRetry(
                        target.id() + " has a message with another payload under the key " + key));
    }

    private Throwable meaning(Throwable failure) {
        String why = target.id() + ": " + failure.getMessage();
        if (!(failure instanceof QueueException refused)) {
            return new WorkFailedException(why);
        }
        return switch (refused.kind()) {
            case TOO_LARGE -> WorkFailedException.doNotRetry(why);
            // what the broker may have is known there by its key
            case FULL, NO_MEMORY, UNAVAILABLE, UNKNOWN, LEASE_LOST -> new WorkerUnavailableException(why);
        };
    }

    @Override
    public Future<Void> checkReachable() {
        return producer.check()
                .recover(failure ->
                        Future.failedFuture(new WorkerUnavailableException(target.id() + ": " + failure.getMessage())));
    }
}
