package dev.latido;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** What clients sent to a service, and what they were told: all that survives when it is killed. */
final class OutsideJournal {

    /** One piece of work that was handed in, once or again and again with one key. */
    static final class Work {
        final String name;
        final String job;
        final JsonObject payload;
        final @Nullable String key;
        final String priority;
        final String delay;

        /** The execution that was made of it; null as long as nobody knows of one. */
        volatile @Nullable String id;

        /** True once it was told that nothing was made of it. */
        volatile boolean isRefused;

        Work(String job, JsonObject payload, @Nullable String key, String priority, String delay) {
            this.name = payload.getString("name");
            this.job = job;
            this.payload = payload;
            this.key = key;
            this.priority = priority;
            this.delay = delay;
        }
    }

    /**
     * How an execution was told to stand.
     *
     * @param life the life of the service in which it was told
     */
    record Told(String state, int attempt, int life) {}

    private final Map<String, Work> sent = new ConcurrentHashMap<>();
    private final Map<String, Work> accepted = new ConcurrentHashMap<>();
    private final List<String> ids = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Told> ended = new ConcurrentHashMap<>();
    private final Map<String, Told> cancelled = new ConcurrentHashMap<>();
    private final Map<String, Told> retried = new ConcurrentHashMap<>();
    private final Map<String, Set<Boolean>> mayRun = new ConcurrentHashMap<>();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();

    void sending(Work work) {
        sent.put(work.name, work);
    }

    @Nullable Work sent(String name) {
        return sent.get(name);
    }

    /** The work was acknowledged. */
    void accepted(Work work, JsonObject execution, int life) {
        String id = execution.getString("id");
        String before = work.id;
        if (before == null) {
            work.id = id;
            accepted.put(id, work);
            ids.add(id);
        } else if (!before.equals(id)) {
            problem(work.name + " with key " + work.key + " is " + before + " and " + id);
        }
        String state = execution.getString("state");
        if (state.equals("succeeded") || state.equals("cancelled")) {
            ended.put(id, new Told(state, execution.getInteger("attempt", 0), life));
        }
    }

    /** Returns the ids of all work that was acknowledged, in that order. */
    List<String> acceptedIds() {
        return ids;
    }

    Map<String, Work> accepted() {
        return accepted;
    }

    /** A cancel was acknowledged. */
    void cancelled(JsonObject execution, int life) {
        cancelled.put(
                execution.getString("id"),
                new Told(execution.getString("state"), execution.getInteger("attempt"), life));
    }

    /** A retry was acknowledged. */
    void retried(JsonObject execution, int life) {
        retried.put(
                execution.getString("id"),
                new Told(execution.getString("state"), execution.getInteger("attempt"), life));
    }

    Map<String, Told> ended() {
        return ended;
    }

    Map<String, Told> cancelled() {
        return cancelled;
    }

    Map<String, Told> retried() {
        return retried;
    }

    /** A start or stop of {@code job} goes out: from now on it may have been done or not. */
    void asked(String job, boolean running) {
        mayRun.merge(job, Set.of(running), (a, b) -> a.equals(b) ? a : Set.of(true, false));
    }

    /** It was acknowledged, or seen after a restart, that {@code job} runs or does not. */
    void settled(String job, boolean running) {
        mayRun.put(job, Set.of(running));
    }

    Map<String, Set<Boolean>> mayRun() {
        return mayRun;
    }

    /** Notes something that must not be. */
    void problem(String what) {
        problems.add(what);
    }

    List<String> problems() {
        return new ArrayList<>(problems);
    }
}
