package dev.latido.core;

import dev.latido.job.Gate;
import dev.latido.json.JsonPath;
import dev.latido.policy.RateLimit;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The executions of one job by the keys in their payloads, where how often or how many at once is limited by key. An
 * execution whose key may not begin one steps aside, so that those of other keys pass; the most urgent and oldest of its key
 * comes back to its place in the queue when its time has come.
 */
final class KeyLimiter {

    /** How many keys are told apart at once. Executions of further keys wait, in one line, until some of these are idle. */
    static final int MAX_KEYS = 100_000;

    /** How often it is looked for idle keys while executions of further ones wait. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private static final Comparator<Execution> MOST_URGENT_AND_OLDEST_FIRST = Comparator.comparing(
                    (Execution execution) -> execution.priority)
            .reversed()
            .thenComparingLong(execution -> execution.queueOrder)
            .thenComparing(execution -> execution.id);

    /** One key. */
    static final class KeyState {
        private final String key;
        private final @Nullable RateLimit rate;
        private final TreeSet<Execution> aside = new TreeSet<>(MOST_URGENT_AND_OLDEST_FIRST);

        /** The one that came back to the queue and has not begun. */
        private @Nullable Execution called;

        /** How long that one stood aside. */
        private long heldNanos;

        private int inFlight;
        private Alarms.@Nullable Alarm alarm;

        private KeyState(String key, @Nullable RateLimit rate) {
            this.key = key;
            this.rate = rate;
        }
    }

    private final JobState job;
    private final JobDefinition.Throttle throttle;
    private final JsonPath path;
    private final UnitOfWork unit;
    private final Executions executions;
    private final Map<String, KeyState> states = new HashMap<>();

    /** Where executions of keys wait that are not told apart, because there are too many. */
    private final KeyState further = new KeyState("", null);

    private int asideCount;

    KeyLimiter(JobState job, String key, UnitOfWork unit, Executions executions) {
        this.job = job;
        this.throttle = job.definition.throttle();
        this.path = JsonPath.of(key);
        this.unit = unit;
        this.executions = executions;
    }

    /** Lets {@code execution}, which was just taken from its queue, begin; or puts it aside and returns false. */
    boolean pass(Execution execution) {
        execution.keepPlace();
        KeyState before = execution.keyState;
        KeyState state = stateOf(execution);
        execution.keyState = state;
        if (before != null && before.called == execution) {
            before.called = null;
        }
        boolean mayBegin = state != further && whyNot(state) == null && isFirst(execution, state);
        if (!mayBegin) {
            putAside(execution, state);
            callNext(state);
        }
        if (before == further && state != further) {
            callNext(further);
        }
        return mayBegin;
    }

    /** Others of its key may stand aside whose time came this instant. */
    private static boolean isFirst(Execution execution, KeyState state) {
        return state.aside.isEmpty() || MOST_URGENT_AND_OLDEST_FIRST.compare(execution, state.aside.first()) < 0;
    }

    /** Returns the key in {@code payload}; empty when there is none. */
    String keyIn(@Nullable String payload) {
        return path.find(payload);
    }

    private KeyState stateOf(Execution execution) {
        KeyState before = execution.keyState;
        if (before != null && before != further) {
            return before;
        }
        String key = Objects.requireNonNullElse(execution.key, ""); // looked up when it came
        KeyState state = states.get(key);
        if (state != null) {
            return state;
        }
        boolean isItsTurn = further.aside.isEmpty() || further.called == execution;
        if (states.size() >= MAX_KEYS || !isItsTurn) {
            return further;
        }
        RateLimit rate = throttle.rateByKey() == null
                ? null
                : RateLimit.of(throttle.rateByKey(), unit.now().nanos());
        state = new KeyState(key, rate);
        states.put(key, state);
        return state;
    }

    /** Says what a key waits for; null when one more of it may begin. */
    private @Nullable String whyNot(KeyState state) {
        if (state == further) {
            return states.size() < MAX_KEYS ? null : MAX_KEYS + " other keys are limited now";
        }
        if (throttle.concurrencyByKey() > 0 && state.inFlight >= throttle.concurrencyByKey()) {
            return "all " + throttle.concurrencyByKey() + " places of its key are taken";
        }
        long now = unit.now().nanos();
        return state.rate != null && state.rate.next(now) - now > 0
                ? "rate limit of its key, next permit at " + unit.now().wallAt(state.rate.next(now))
                : null;
    }

    private void putAside(Execution execution, KeyState state) {
        execution.isAside = true;
        state.aside.add(execution);
        asideCount++;
        executions.stepAside(execution, whyNot(state));
    }

    /** Has the next of a key come back to its queue when it may begin. */
    private void callNext(KeyState state) {
        if (state.aside.isEmpty() || state.called != null) {
            setAlarm(state, null);
        } else if (whyNot(state) == null) {
            setAlarm(state, null);
            Execution next = state.aside.first();
            state.heldNanos = unit.now().nanos() - next.sinceNanos;
            stepBack(next, state);
            state.called = next;
            unit.markDirty(job);
        } else if (state == further) {
            if (state.alarm == null) {
                setAlarm(state, unit.after(LOOK_AGAIN, this::lookForIdle));
            }
        } else {
            boolean isPlaceFree = throttle.concurrencyByKey() == 0 || state.inFlight < throttle.concurrencyByKey();
            RateLimit rate = isPlaceFree ? state.rate : null; // else it is called when a place becomes free
            setAlarm(state, rate == null ? null : unit.set(rate.next(unit.now().nanos()), () -> callNext(state)));
        }
    }

    private void setAlarm(KeyState state, Alarms.@Nullable Alarm alarm) {
        unit.alarms.cancel(state.alarm);
        state.alarm = alarm;
    }

    private void lookForIdle() {
        further.alarm = null;
        forgetIdle();
        callNext(further);
    }

    private void stepBack(Execution execution, KeyState state) {
        leaveAside(execution, state);
        execution.note = null;
        executions.comeBack(execution, Gate.KEY);
    }

    private void leaveAside(Execution execution, KeyState state) {
        state.aside.remove(execution);
        asideCount--;
        execution.isAside = false;
    }

    /** Returns how long an execution stood aside that begins; 0 when it did not. */
    long heldNanos(Execution execution) {
        KeyState state = execution.keyState;
        if (state == null) {
            return 0;
        }
        long held = state.heldNanos;
        state.heldNanos = 0;
        return held;
    }

    /** An execution begins. */
    void began(Execution execution) {
        KeyState state = execution.keyState;
        if (state != null) {
            state.inFlight++;
            if (state.rate != null) {
                state.rate.take(unit.now().nanos());
            }
            callNext(state);
        }
    }

    /** An execution that began comes back, because its worker never got it; {@link #leftWorker} follows. */
    void reachedNobody(Execution execution, long beganNanos) {
        KeyState state = execution.keyState;
        if (state != null && state.rate != null) {
            state.rate.giveBack(beganNanos, unit.now().nanos());
        }
    }

    /** An execution left its worker. */
    void leftWorker(Execution execution) {
        KeyState state = execution.keyState;
        if (state != null) {
            execution.keyState = null;
            state.inFlight--;
            left(state);
        }
    }

    /** An execution that had not begun is ended or waits for something else. */
    void leftQueue(Execution execution) {
        KeyState state = execution.keyState;
        if (state == null) {
            return;
        }
        execution.keyState = null;
        if (execution.isAside) {
            leaveAside(execution, state);
            executions.noteAside(execution, Gate.KEY);
            executions.leaveAside(execution);
        } else if (state.called == execution) {
            state.called = null;
        }
        left(state);
    }

    private void left(KeyState state) {
        callNext(state);
        if (state != further && isIdle(state)) {
            states.remove(state.key);
            callNext(further);
        }
    }

    private boolean isIdle(KeyState state) {
        return state.inFlight == 0
                && state.aside.isEmpty()
                && state.called == null
                && (state.rate == null || state.rate.isIdle(unit.now().nanos()));
    }

    /** Forgets keys of which nothing is here and whose limits are as if they had never been used. */
    void forgetIdle() {
        Iterator<KeyState> all = states.values().iterator();
        while (all.hasNext()) {
            if (isIdle(all.next())) {
                all.remove();
            }
        }
    }

    /** Returns how many executions stand aside. */
    int aside() {
        return asideCount;
    }

    /** Returns how many keys are told apart. */
    int size() {
        return states.size();
    }

    /** Returns how many alarms are set, for tests. */
    int alarms() {
        return (further.alarm == null ? 0 : 1)
                + (int) states.values().stream()
                        .filter(state -> state.alarm != null)
                        .count();
    }
}
