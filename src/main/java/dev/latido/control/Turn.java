package dev.latido.control;

import dev.latido.command.Reply;
import dev.latido.control.Effect.Announce;
import dev.latido.control.Effect.Answer;
import dev.latido.event.Event;
import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The input that is being taken: its moment, what is to be done about it, now and later, and which jobs it touched. */
final class Turn {

    /** How long a caller waits who names no deadline: a little less than a request on the bus takes by default. */
    static final Duration DEFAULT_WAIT = Duration.ofSeconds(25);

    /** How long a caller waits at most, whatever it names. */
    static final Duration MAX_WAIT = Duration.ofDays(366);

    final Alarms alarms = new Alarms();
    private final ArrayDeque<JobState> touched = new ArrayDeque<>();
    private Moment now = new Moment(Instant.EPOCH, 0);
    private List<Effect> effects = new ArrayList<>();
    private boolean shuttingDown;

    void begin(Moment moment) {
        now = moment;
        effects = new ArrayList<>(4);
    }

    Moment now() {
        return now;
    }

    List<Effect> effects() {
        return effects;
    }

    boolean isShuttingDown() {
        return shuttingDown;
    }

    void shutDown() {
        shuttingDown = true;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    void answer(Caller caller, Reply reply) {
        effects.add(new Answer(caller, reply));
    }

    void announce(Event event) {
        effects.add(new Announce(event));
    }

    /** Has {@code job} looked at before the turn ends: something happened to it. */
    void touch(JobState job) {
        if (!job.isTouched) {
            job.isTouched = true;
            touched.add(job);
        }
    }

    /** Returns the next job that something happened to; null when all have been looked at. */
    @Nullable JobState nextTouched() {
        JobState job = touched.poll();
        if (job != null) {
            job.isTouched = false;
        }
        return job;
    }

    Alarms.Alarm after(Duration delay, Runnable action) {
        return alarms.set(now.nanos() + delay.toNanos(), action);
    }

    /** Has {@code action} run at the wall time {@code time}, as seen from now, or after {@link #DEFAULT_WAIT} for "never". */
    Alarms.Alarm at(Instant time, Runnable action) {
        Duration wait = time.equals(Instant.MAX) ? DEFAULT_WAIT : Duration.between(now.wall(), time);
        return after(wait.isNegative() ? Duration.ZERO : wait.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : wait, action);
    }
}
