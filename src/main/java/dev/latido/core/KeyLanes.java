package dev.latido.core;

import dev.latido.job.ExecutionState;
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
final class KeyLanes {

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
    static final class Lane {
        private final String key;
        private final @Nullable RateLimit rate;
        private final TreeSet<Execution> aside = new TreeSet<>(MOST_URGENT_AND_OLDEST_FIRST);

        /** The one that came back to the queue and has not begun. */
        private @Nullable Execution called;

        /** How long that one stood aside. */
        private long heldNanos;

        private int inFlight;
        private Alarms.@Nullable Alarm alarm;

        private Lane(String key, @Nullable RateLimit rate) {
            this.key = key;
            this.rate = rate;
        }
    }

    private final JobState job;
    private final JobDefinition.Throttle throttle;
    private final JsonPath path;
    private final Turn turn;
    private final Ledger ledger;
    private final Map<String, Lane> lanes = new HashMap<>();

    /** Where executions of keys wait that are not told apart, because there are too many. */
    private final Lane further = new Lane("", null);

    private int asideCount;

    KeyLanes(JobState job, String key, Turn turn, Ledger ledger) {
        this.job = job;
        this.throttle = job.definition.throttle();
        this.path = JsonPath.of(key);
        this.turn = turn;
        this.ledger = ledger;
    }

    /** Lets {@code execution}, which was just taken from its queue, begin; or puts it aside and returns false. */
    boolean pass(Execution execution) {
        execution.queueOrder = execution.order();
        Lane before = execution.lane;
        Lane lane = laneOf(execution);
        execution.lane = lane;
        if (before != null && before.called == execution) {
            before.called = null;
        }
        boolean mayBegin = lane != further && whyNot(lane) == null && isFirst(execution, lane);
        if (!mayBegin) {
            putAside(execution, lane);
            callNext(lane);
        }
        if (before == further && lane != further) {
            callNext(further);
        }
        return mayBegin;
    }

    /** Others of its key may stand aside whose time came this instant. */
    private static boolean isFirst(Execution execution, Lane lane) {
        return lane.aside.isEmpty() || MOST_URGENT_AND_OLDEST_FIRST.compare(execution, lane.aside.first()) < 0;
    }

    /** Returns the key in {@code payload}; empty when there is none. */
    String keyIn(@Nullable String payload) {
        return path.find(payload);
    }

    private Lane laneOf(Execution execution) {
        Lane before = execution.lane;
        if (before != null && before != further) {
            return before;
        }
        String key = Objects.requireNonNullElse(execution.key, ""); // looked up when it came
        Lane lane = lanes.get(key);
        if (lane != null) {
            return lane;
        }
        boolean isItsTurn = further.aside.isEmpty() || further.called == execution;
        if (lanes.size() >= MAX_KEYS || !isItsTurn) {
            return further;
        }
        RateLimit rate = throttle.rateByKey() == null
                ? null
                : RateLimit.of(throttle.rateByKey(), turn.now().nanos());
        lane = new Lane(key, rate);
        lanes.put(key, lane);
        return lane;
    }

    /** Says what a key waits for; null when one more of it may begin. */
    private @Nullable String whyNot(Lane lane) {
        if (lane == further) {
            return lanes.size() < MAX_KEYS ? null : MAX_KEYS + " other keys are limited now";
        }
        if (throttle.concurrencyByKey() > 0 && lane.inFlight >= throttle.concurrencyByKey()) {
            return "all " + throttle.concurrencyByKey() + " places of its key are taken";
        }
        long now = turn.now().nanos();
        return lane.rate != null && lane.rate.next(now) - now > 0
                ? "rate limit of its key, next permit at " + turn.now().wallAt(lane.rate.next(now))
                : null;
    }

    private void putAside(Execution execution, Lane lane) {
        execution.isAside = true;
        execution.become(ExecutionState.WAITING, turn.now());
        execution.note = whyNot(lane);
        job.queue.restoreReserved(execution.priority, execution.payloadBytes);
        job.delayed.add(execution, ledger.nextOrder());
        lane.aside.add(execution);
        asideCount++;
        ledger.announceQueued(execution);
    }

    /** Has the next of a key come back to its queue when it may begin. */
    private void callNext(Lane lane) {
        if (lane.aside.isEmpty() || lane.called != null) {
            setAlarm(lane, null);
        } else if (whyNot(lane) == null) {
            setAlarm(lane, null);
            Execution next = lane.aside.first();
            lane.heldNanos = turn.now().nanos() - next.sinceNanos;
            stepBack(next, lane);
            lane.called = next;
            turn.touch(job);
        } else if (lane == further) {
            if (lane.alarm == null) {
                setAlarm(lane, turn.after(LOOK_AGAIN, this::lookForIdle));
            }
        } else {
            boolean isPlaceFree = throttle.concurrencyByKey() == 0 || lane.inFlight < throttle.concurrencyByKey();
            RateLimit rate = isPlaceFree ? lane.rate : null; // else it is called when a place becomes free
            setAlarm(lane, rate == null ? null : turn.set(rate.next(turn.now().nanos()), () -> callNext(lane)));
        }
    }

    private void setAlarm(Lane lane, Alarms.@Nullable Alarm alarm) {
        turn.alarms.cancel(lane.alarm);
        lane.alarm = alarm;
    }

    private void lookForIdle() {
        further.alarm = null;
        forgetIdle();
        callNext(further);
    }

    private void stepBack(Execution execution, Lane lane) {
        takeOut(execution, lane);
        execution.become(ExecutionState.QUEUED, turn.now());
        execution.note = null;
        job.queue.putBack(execution, execution.priority, execution.queueOrder);
        ledger.announceQueued(execution);
    }

    private void takeOut(Execution execution, Lane lane) {
        lane.aside.remove(execution);
        asideCount--;
        execution.isAside = false;
        job.delayed.remove(execution);
        job.queue.releaseReserved(execution.priority, execution.payloadBytes);
    }

    /** Returns how long an execution stood aside that begins; 0 when it did not. */
    long heldNanos(Execution execution) {
        Lane lane = execution.lane;
        if (lane == null) {
            return 0;
        }
        long held = lane.heldNanos;
        lane.heldNanos = 0;
        return held;
    }

    /** An execution begins. */
    void began(Execution execution) {
        Lane lane = execution.lane;
        if (lane != null) {
            lane.inFlight++;
            if (lane.rate != null) {
                lane.rate.take(turn.now().nanos());
            }
            callNext(lane);
        }
    }

    /** An execution that began comes back, because its worker never got it; {@link #leftWorker} follows. */
    void reachedNobody(Execution execution, long beganNanos) {
        Lane lane = execution.lane;
        if (lane != null && lane.rate != null) {
            lane.rate.giveBack(beganNanos, turn.now().nanos());
        }
    }

    /** An execution left its worker. */
    void leftWorker(Execution execution) {
        Lane lane = execution.lane;
        if (lane != null) {
            execution.lane = null;
            lane.inFlight--;
            left(lane);
        }
    }

    /** An execution that had not begun is ended or waits for something else. */
    void leftQueue(Execution execution) {
        Lane lane = execution.lane;
        if (lane == null) {
            return;
        }
        execution.lane = null;
        if (execution.isAside) {
            takeOut(execution, lane);
        } else if (lane.called == execution) {
            lane.called = null;
        }
        left(lane);
    }

    private void left(Lane lane) {
        callNext(lane);
        if (lane != further && isIdle(lane)) {
            lanes.remove(lane.key);
            callNext(further);
        }
    }

    private boolean isIdle(Lane lane) {
        return lane.inFlight == 0
                && lane.aside.isEmpty()
                && lane.called == null
                && (lane.rate == null || lane.rate.isIdle(turn.now().nanos()));
    }

    /** Forgets keys of which nothing is here and whose limits are as if they had never been used. */
    void forgetIdle() {
        Iterator<Lane> all = lanes.values().iterator();
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
        return lanes.size();
    }

    /** Returns how many alarms are set, for tests. */
    int alarms() {
        return (further.alarm == null ? 0 : 1)
                + (int) lanes.values().stream()
                        .filter(lane -> lane.alarm != null)
                        .count();
    }
}
