package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.policy.Breaker;
import dev.latido.policy.BreakerConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A circuit breaker and the jobs whose workers are behind it. */
final class SharedBreaker {

    final String name;
    private final BreakerConfig config;
    private final UnitOfWork unit;
    private final List<JobState> jobs = new ArrayList<>();
    private @Nullable Breaker breaker;
    private Breaker.State known = Breaker.State.CLOSED;
    private @Nullable Instant openUntil;
    private Alarms.@Nullable Alarm alarm;

    SharedBreaker(String name, BreakerConfig config, UnitOfWork unit) {
        this.name = name;
        this.config = config;
        this.unit = unit;
    }

    /** Made when it is first used, because before that nobody has looked at a clock. */
    private Breaker breaker() {
        if (breaker == null) {
            breaker = new Breaker(name, config, unit.now().nanos());
        }
        return breaker;
    }

    void add(JobState job) {
        jobs.add(job);
    }

    /** Tells whether an attempt may go through now. */
    boolean mayAcquire() {
        return breaker().mayAcquire(unit.now().nanos());
    }

    /** Has all jobs looked at when its time to be open is over. */
    void lookAgain() {
        if (breaker().state() == Breaker.State.OPEN && alarm == null) {
            alarm = unit.set(breaker().openUntil(), () -> {
                alarm = null;
                jobs.forEach(unit::markDirty);
            });
        }
    }

    /** Lets an attempt through; how that ended is to be told. */
    void acquire(Execution execution) {
        execution.permit = breaker().acquire(unit.now().nanos());
        noteState(execution.job);
    }

    /**
     * An attempt that went through ended.
     *
     * @param isGood whether the worker did its work; null when nobody can say
     */
    void ended(Execution execution, @Nullable Boolean isGood) {
        long now = unit.now().nanos();
        Duration took = Duration.ofNanos(now - execution.sinceNanos);
        if (isGood == null) {
            breaker().released(execution.permit, now);
        } else if (isGood) {
            breaker().succeeded(execution.permit, took, now);
        } else {
            breaker().failed(execution.permit, took, now);
        }
        if (noteState(execution.job) || breaker().state() == Breaker.State.HALF_OPEN) {
            jobs.forEach(unit::markDirty);
        }
    }

    /** Announces a change of state; true when there was one. */
    private boolean noteState(JobState job) {
        Breaker.State state = breaker().state();
        if (state == known) {
            return false;
        }
        known = state;
        openUntil = state == Breaker.State.OPEN
                ? unit.now().wallAt(breaker().openUntil()).truncatedTo(ChronoUnit.MILLIS)
                : null;
        if (state == Breaker.State.CLOSED) {
            unit.alarms.cancel(alarm);
            alarm = null;
        }
        unit.involve(job);
        unit.announce(new Event.BreakerChanged(job.name(), unit.now().wall(), name, state(), openUntil));
        return true;
    }

    /** Returns its state, for people: closed, open or half-open. */
    String state() {
        return switch (breaker().state()) {
            case CLOSED -> "closed";
            case OPEN -> "open";
            case HALF_OPEN -> "half-open";
        };
    }

    /** Returns until when it is open; null when it is not. */
    @Nullable Instant openUntil() {
        return openUntil;
    }

    /** Returns how many alarms are set, for tests. */
    int alarms() {
        return alarm == null ? 0 : 1;
    }
}
