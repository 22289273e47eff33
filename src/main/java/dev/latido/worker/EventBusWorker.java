package dev.latido.worker;

import dev.latido.job.Attempt;
import dev.latido.json.JsonValue;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The worker {@code event-bus}: requests {@code {"id","job","attempt","payload"}} of an address. Its consumers, on any
 * node of the cluster, take turns; each replies with the result, of which {@link JsonValue} makes JSON text, or fails the
 * message. A failure code that HTTP has for what repeating does not help (4xx other than 408 and 429) is final. A reply with
 * the header {@value #RETRY_AFTER}, in seconds, is a failure too, with when to try again; its body says why.
 *
 * <p>What becomes of an attempt that gets no reply:
 *
 * <ul>
 *   <li><b>Nobody was reached</b>, so that nothing was tried and no attempt is used up ({@link
 *       WorkerUnavailableException}): there is no consumer; the only ones known are on nodes that have left the cluster; the
 *       message could not be written, because the consumer's node took no connection, or closed it before the last byte; a
 *       consumer had no room for it, or went away before it read it, and the bus said so.
 *   <li><b>The work is lost</b>, a failed attempt under the job's retry policy ({@code worker-lost}): the message was on its
 *       way to another node, or there, when that node left the cluster, in order or not, or when this node was cut off from
 *       the cluster. Whether the work was done is not known; what is answered later counts for nothing.
 *   <li><b>The job's timeout</b> is left for what nobody can tell from slow work while the node stays in the cluster: a
 *       consumer that never replies, or is unregistered before it does; one that was unregistered just before the message came;
 *       a connection of the bus that broke after a message was written to it.
 * </ul>
 */
final class EventBusWorker implements Worker {

    /**
     * How much longer the bus waits than the job: the job's own timeout cancels the attempt, so that the bus's is only
     * there to free its reply handler.
     */
    private static final Duration GRACE = Duration.ofSeconds(10);

    /** Marks a reply as a failure after which to try again. */
    static final String RETRY_AFTER = "Latido-Retry-After";

    private final Vertx vertx;
    private final WorkBus bus;
    private final String address;
    private final String cancelAddress;
    private final RemoteTasks tasks;
    private final Results results;
    private final DeliveryOptions options;

    EventBusWorker(
            Vertx vertx,
            WorkBus bus,
            String address,
            String cancelAddress,
            Duration timeout,
            Results results,
            RemoteTasks tasks) {
        this.vertx = vertx;
        this.bus = bus;
        this.address = address;
        this.cancelAddress = cancelAddress;
        this.results = results;
        this.tasks = tasks;
        this.options = options(timeout);
    }

    /** How to send the work of a job with this timeout. */
    static DeliveryOptions options(Duration timeout) {
        return new DeliveryOptions().setSendTimeout(timeout.plus(GRACE).toMillis());
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        Attempt attempt = task.attempt();
        Object payload = task.payload() == null ? null : valueOf(task.payload());
        JsonObject message = naming(attempt).put("payload", payload);
        Promise<@Nullable String> outcome = Promise.promise();
        tasks.began(task);
        // The bus keeps this handler until its timeout, even of an attempt that was cancelled: it must not hold the
        // task.
        bus.request(address, message, options).onComplete((reply, failure) -> {
            if (!tasks.ended(attempt)) {
                return;
            }
            if (failure == null) {
                answered(outcome, reply);
            } else {
                outcome.fail(meaning(failure));
            }
        });
        task.onCancel(() -> {
            if (tasks.ended(attempt)) {
                vertx.eventBus().publish(cancelAddress, naming(attempt));
                outcome.fail("cancelled");
            }
        });
        return outcome.future();
    }

    @Override
    public Future<Void> checkReachable() {
        return bus.hasConsumer(address)
                .compose(isThere -> isThere ? Future.succeededFuture() : Future.failedFuture(noConsumer()));
    }

    private WorkerUnavailableException noConsumer() {
        return new WorkerUnavailableException("no consumer at " + address);
    }

    private static @Nullable Object valueOf(String payload) {
        try {
            return JsonValue.of(payload);
        } catch (DecodeException beyond) {
            throw WorkFailedException.doNotRetry(
                    "the payload cannot be sent over the bus: it is nested too deep, or has a"
                            + " number that is too long or that Java has no type for");
        }
    }

    private static JsonObject naming(Attempt attempt) {
        return new JsonObject()
                .put("id", attempt.execution().toString())
                .put("job", attempt.job())
                .put("attempt", attempt.number());
    }

    private void answered(Promise<@Nullable String> outcome, Message<Object> reply) {
        String pause = reply.headers().get(RETRY_AFTER);
        if (pause == null) {
            outcome.complete(results.of(reply.body()));
        } else {
            String why = reply.body() == null ? "the consumer wants to be asked later" : String.valueOf(reply.body());
            outcome.fail(RetryAdvice.failure(why, pause));
        }
    }

    private Throwable meaning(Throwable failure) {
        if (!(failure instanceof ReplyException refused)) {
            return failure;
        }
        return switch (refused.failureType()) {
            case NO_HANDLERS -> noConsumer();
            // The bus's own timeout comes after the job's. What comes before it is a consumer that went away, or
            // that had no room, with the message still unread.
            case TIMEOUT -> new WorkerUnavailableException("the consumer at " + address + " did not take the message");
            case RECIPIENT_FAILURE, ERROR -> failure(refused);
        };
    }

    private static Throwable failure(ReplyException refused) {
        String why = refused.getMessage() == null ? "the consumer failed the message" : refused.getMessage();
        return refused.failureType() == ReplyFailure.ERROR
                ? refused
                : RetryAdvice.failure(why + " (code " + refused.failureCode() + ")", refused.failureCode(), null);
    }
}
