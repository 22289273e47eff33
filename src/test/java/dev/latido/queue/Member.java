package dev.latido.queue;

import dev.latido.loop.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A process that uses a queue: it calls it on its own loop, and notes what it was told. */
public final class Member implements JobQueue.Listener {

    public final String process;
    private final Broker broker;
    private final EventLoop loop;
    private final JobQueue queue;
    private final List<Delivery> arrived = new ArrayList<>();
    private final List<Handle> lost = new ArrayList<>();
    private final List<JobQueue.Refused> refused = new ArrayList<>();
    private final List<String> downs = new ArrayList<>();
    private int ups;
    private boolean isUp;
    private boolean isCalling;
    private @Nullable String fault;

    /** What is told is noted, and everything is done on {@code loop}. */
    public Member(String process, Broker broker, QueueBinding binding, EventLoop loop) {
        this.process = process;
        this.broker = broker;
        this.loop = loop;
        queue = broker.queue(binding, process, loop);
    }

    public Broker broker() {
        return broker;
    }

    public void open() {
        loop.execute(() -> guarded(() -> queue.open(this)));
    }

    public Future<Receipt> enqueue(Message message) {
        return call(() -> queue.enqueue(message));
    }

    public Future<Tick.Fate> tick(Tick tick) {
        return call(() -> queue.tick(tick));
    }

    public Future<Long> time() {
        return call(queue::time);
    }

    public void dequeue(int messages, long bytes) {
        loop.execute(() -> guarded(() -> queue.dequeue(messages, bytes)));
    }

    public void dequeue(int messages) {
        dequeue(messages, Long.MAX_VALUE);
    }

    public Future<Void> settle(Delivery delivery, Settlement how) {
        return call(() -> queue.settle(delivery.handle(), how));
    }

    public Future<Optional<Outcome>> find(String key) {
        return call(() -> queue.find(key));
    }

    public Future<Depth> depth() {
        return call(queue::depth);
    }

    public Future<DeadLetters> deadLetters(String after, int limit) {
        return call(() -> queue.deadLetters(after, limit));
    }

    public Future<Integer> replay(List<String> ids) {
        return call(() -> queue.replay(ids));
    }

    public Future<Void> close() {
        return call(queue::close).compose(ignored -> broker.close());
    }

    private <T> Future<T> call(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        loop.execute(() -> guarded(() -> call.get().onComplete((result, failure) -> {
            told();
            if (failure != null) {
                promise.fail(failure);
            } else {
                promise.complete(result);
            }
        })));
        return promise.future();
    }

    /** Nothing may be told within a call. */
    private void guarded(Runnable call) {
        isCalling = true;
        try {
            call.run();
        } finally {
            isCalling = false;
        }
    }

    private void told() {
        synchronized (this) {
            if (isCalling) {
                fault = "told within a call";
            } else if (!loop.isCurrent()) {
                fault = "told on " + Thread.currentThread();
            }
        }
    }

    @Override
    public synchronized void up() {
        told();
        ups++;
        isUp = true;
    }

    @Override
    public synchronized void down(String why) {
        told();
        if (!isUp && !downs.isEmpty() && downs.get(downs.size() - 1).equals(why)) {
            fault = "told twice: " + why;
        }
        isUp = false;
        downs.add(why);
    }

    @Override
    public synchronized void arrived(List<Delivery> deliveries) {
        told();
        arrived.addAll(deliveries);
    }

    @Override
    public synchronized void leaseLost(Handle handle, String why) {
        told();
        lost.add(handle);
    }

    @Override
    public synchronized void refused(JobQueue.Refused message) {
        told();
        refused.add(message);
    }

    public synchronized boolean isUp() {
        return isUp;
    }

    public synchronized int ups() {
        return ups;
    }

    public synchronized List<String> downs() {
        return List.copyOf(downs);
    }

    public synchronized List<Delivery> arrived() {
        return List.copyOf(arrived);
    }

    public synchronized List<String> keys() {
        return arrived.stream().map(Delivery::key).toList();
    }

    public synchronized List<Handle> lost() {
        return List.copyOf(lost);
    }

    public synchronized List<JobQueue.Refused> refused() {
        return List.copyOf(refused);
    }

    /** What broke the rules of the contract about threads and calls; null when nothing did. */
    public synchronized @Nullable String fault() {
        return fault;
    }
}
