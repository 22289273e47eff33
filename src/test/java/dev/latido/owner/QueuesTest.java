package dev.latido.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.SharedQueue;
import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.queue.Broker;
import dev.latido.queue.BrokerType;
import dev.latido.queue.Capabilities;
import dev.latido.queue.JobQueue;
import dev.latido.queue.QueueBinding;
import dev.latido.room.FullMode;
import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The queues of jobs at their brokers. */
@Tag("fast")
class QueuesTest {

    /** Nothing happens at these queues that has to be told. */
    private static final EventLoop LOOP = (EventLoop) Proxy.newProxyInstance(
            EventLoop.class.getClassLoader(), new Class<?>[] {EventLoop.class}, (proxy, method, args) -> null);

    private final List<String> opened = new ArrayList<>();

    /** Its queues do nothing. */
    private final Broker broker = new Broker() {
        @Override
        public Capabilities capabilities() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String place() {
            return "nowhere";
        }

        @Override
        public JobQueue queue(QueueBinding binding, String process, EventLoop owner) {
            opened.add(binding.name() + " by " + process);
            return (JobQueue) Proxy.newProxyInstance(
                    JobQueue.class.getClassLoader(), new Class<?>[] {JobQueue.class}, (proxy, method, args) -> null);
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    };

    private JobWorkers at(String queue) {
        QueueBinding binding = new QueueBinding(
                queue,
                "latido",
                List.of(Priority.NORMAL),
                Duration.ofSeconds(30),
                3,
                FullMode.REJECT,
                10,
                Duration.ofDays(1),
                Duration.ofHours(1),
                QueueBinding.Existing.ASK,
                true);
        return new JobWorkers(
                task -> Future.succeededFuture(),
                null,
                new QueueUse(
                        broker,
                        new SharedQueue(
                                "shop",
                                "test",
                                BrokerType.REDIS.capabilities(),
                                binding,
                                1,
                                1_000,
                                Duration.ofSeconds(1))),
                null);
    }

    @Test
    void opensThoseOfJobsThatAreDefinedLateOnce() {
        Map<String, JobWorkers> workers = new HashMap<>();
        workers.put("a", at("first"));
        workers.put("none", new JobWorkers(task -> Future.succeededFuture(), null));
        Queues queues = new Queues(LOOP, workers, input -> {});
        queues.open("me");
        assertThat(opened).containsExactly("first by me");

        workers.put("b", at("second"));
        queues.open("me");

        assertThat(opened).containsExactly("first by me", "second by me");
    }
}
