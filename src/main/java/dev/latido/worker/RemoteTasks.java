package dev.latido.worker;

import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tasks that consumers on the bus are at, so that what they report finds its task. There are no more than the jobs'
 * concurrency allows. Thread-safe: reports come on an event loop of their own, which keeps a flood of them away from the
 * owner's.
 */
final class RemoteTasks {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteTasks.class);

    private record Key(ExecutionId execution, long attempt) {
        static Key of(Attempt attempt) {
            return new Key(attempt.execution(), attempt.number());
        }
    }

    private final Map<Key, Task> tasks = new ConcurrentHashMap<>();

    void began(Task task) {
        tasks.put(Key.of(task.attempt()), task);
    }

    /** Forgets a task; returns false when that was done before, so that each one ends once. */
    boolean ended(Attempt attempt) {
        return tasks.remove(Key.of(attempt)) != null;
    }

    int size() {
        return tasks.size();
    }

    /** Takes reports of progress from now on; completes when they can be sent from anywhere. */
    Future<Void> listen(Vertx vertx, String address) {
        return vertx.eventBus().consumer(address, this::onProgress).completion();
    }

    /** Anybody on the bus can send here: what is no report, or none of a task in flight, is ignored. */
    private void onProgress(Message<Object> message) {
        if (!(message.body() instanceof JsonObject report)
                || !(report.getValue("id") instanceof String id)
                || !(report.getValue("attempt") instanceof Number attempt)
                || !(report.getValue("progress") instanceof Number fraction)) {
            LOG.debug("not a progress report: {}", message.body());
            return;
        }
        String note = report.getValue("note") instanceof String text ? text : "";
        ExecutionId.parse(id)
                .map(execution -> tasks.get(new Key(execution, attempt.longValue())))
                .ifPresent(task -> task.progress(fraction.doubleValue(), note));
    }
}
