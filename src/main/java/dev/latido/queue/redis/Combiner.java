package dev.latido.queue.redis;

import dev.latido.loop.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks in one call for what is asked for at one time: for all that is in it Redis takes one step, writes its log once and gives
 * one answer, with a part for each. What is urgent is not held up for that: its call follows what the loop has to do already. What
 * may wait goes with the next call that is made anyway, or {@link #PATIENCE} later. On that loop.
 */
final class Combiner<T> {

    /** How many go into one call: while Redis takes that step, it does nothing else. */
    static final int MOST = 100;

    /** How many bytes they have together; one alone may have more. */
    static final long MOST_BYTES = 262_144;

    /** For how long what may wait does. To bring one write to the disk takes Redis about as long. */
    static final Duration PATIENCE = Duration.ofMillis(2);

    /** One call. */
    interface Call<T> {
        /** Makes it; the answer has a part for each, in order. */
        Future<Response> make(List<T> items);
    }

    private static final class Group<T> {
        private final List<T> items = new ArrayList<>();
        private final List<Promise<Response>> promises = new ArrayList<>();
        private final Set<String> keys = new HashSet<>();
        private long bytes;

        boolean hasRoomFor(String key, long more) {
            return items.size() < MOST && bytes + more <= MOST_BYTES && !keys.contains(key);
        }
    }

    private final EventLoop loop;
    private final Call<T> call;
    private List<Group<T>> waiting = new ArrayList<>();
    private int open;
    private boolean isDue;
    private EventLoop.@Nullable Timer timer;

    Combiner(EventLoop loop, Call<T> call) {
        this.loop = loop;
        this.call = call;
    }

    /**
     * Asks for one, and completes with its part of the answer.
     *
     * @param key no two of the same are in one call
     * @param bytes how large it is
     * @param mayWait whether it is not urgent
     */
    Future<Response> ask(String key, long bytes, T item, boolean mayWait) {
        if (!mayWait && !isDue) {
            isDue = true;
            loop.execute(this::callNow);
        } else if (!isDue && timer == null) {
            timer = loop.schedule(PATIENCE, this::callNow);
        }
        Group<T> last = waiting.isEmpty() ? null : waiting.get(waiting.size() - 1);
        if (last == null || !last.hasRoomFor(key, bytes)) {
            last = new Group<>();
            waiting.add(last);
        }
        open++;
        Promise<Response> promise = Promise.promise();
        last.items.add(item);
        last.promises.add(promise);
        last.keys.add(key);
        last.bytes += bytes;
        return promise.future();
    }

    /** Tells whether as much was asked for and is not answered as may be. */
    boolean isFull() {
        return open >= Link.MAX_ASKED;
    }

    /** Calls for all that waits. */
    void callNow() {
        isDue = false;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        List<Group<T>> groups = waiting;
        waiting = new ArrayList<>();
        for (Group<T> group : groups) {
            call.make(group.items).onComplete((answer, failure) -> {
                open -= group.items.size();
                for (int i = 0; i < group.promises.size(); i++) {
                    if (failure == null) {
                        group.promises.get(i).complete(answer.get(i));
                    } else {
                        group.promises.get(i).fail(failure);
                    }
                }
            });
        }
    }
}
