package dev.latido.queue.redis;

import dev.latido.loop.EventLoop;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Wakes queues when one of their keys was changed by anybody. Redis tells the names of such keys on one connection, and nothing
 * of what is in them: client-side caching in broadcasting mode. A ring may be lost with the connection, so queues look by
 * themselves now and then.
 */
final class Bell {

    /** Redis compares each key that changes with each prefix; with more of them it is cheaper to be told of all keys. */
    private static final int MAX_PREFIXES = 200;

    private final EventLoop loop;
    private final Consumer<String> lost;
    private final Map<String, List<RedisQueue>> queues = new HashMap<>();
    private @Nullable Link link;
    private @Nullable List<String> tracked;
    private boolean isTrackingDue;

    Bell(EventLoop loop, Consumer<String> lost) {
        this.loop = loop;
        this.lost = lost;
    }

    void add(RedisQueue queue) {
        for (String key : queue.waking()) {
            queues.computeIfAbsent(key, ignored -> new ArrayList<>()).add(queue);
        }
        trackSoon();
    }

    void remove(RedisQueue queue) {
        for (String key : queue.waking()) {
            queues.computeIfPresent(key, (ignored, all) -> {
                all.remove(queue);
                return all.isEmpty() ? null : all;
            });
        }
        trackSoon();
    }

    void connected(Link waking) {
        link = waking;
        tracked = null;
        waking.onMessage(this::heard);
        track();
    }

    void disconnected() {
        link = null;
    }

    /** Once for all that are opened together. */
    private void trackSoon() {
        if (!isTrackingDue) {
            isTrackingDue = true;
            loop.execute(() -> {
                isTrackingDue = false;
                track();
            });
        }
    }

    private void track() {
        List<String> prefixes = prefixes();
        if (link == null || queues.isEmpty() || prefixes.equals(tracked)) {
            return;
        }
        Link on = link;
        if (tracked != null) {
            on.send(Request.cmd(Command.CLIENT).arg("TRACKING").arg("OFF")).onFailure(failure -> refused(on, failure));
        }
        Request request = Request.cmd(Command.CLIENT).arg("TRACKING").arg("ON").arg("BCAST");
        prefixes.forEach(prefix -> request.arg("PREFIX").arg(prefix));
        on.send(request).onFailure(failure -> refused(on, failure));
        boolean wasDeaf = tracked != null;
        tracked = prefixes;
        if (wasDeaf) {
            ringAll(); // what happened in between was not heard
        }
    }

    private void refused(Link on, Throwable failure) {
        if (on == link) {
            lost.accept(Failure.of(failure).why());
        }
    }

    /** Prefixes must not be prefixes of one another. */
    private List<String> prefixes() {
        List<String> prefixes = new ArrayList<>();
        for (String key : new TreeSet<>(queues.keySet())) {
            if (prefixes.isEmpty() || !key.startsWith(prefixes.get(prefixes.size() - 1))) {
                prefixes.add(key);
            }
        }
        return prefixes.size() <= MAX_PREFIXES ? prefixes : List.of();
    }

    private void heard(Response message) {
        if (message.type() != ResponseType.PUSH || !"invalidate".equals(String.valueOf(message.get(0)))) {
            return; // the answer to a question that the library forgot, as it was told something before
        }
        Response keys = message.get(1);
        if (keys == null) { // all of them: the database was emptied
            ringAll();
            return;
        }
        for (Response key : keys) {
            List.copyOf(queues.getOrDefault(key.toString(), List.of())).forEach(RedisQueue::ring);
        }
    }

    private void ringAll() {
        queues.values().forEach(all -> List.copyOf(all).forEach(RedisQueue::ring));
    }
}
