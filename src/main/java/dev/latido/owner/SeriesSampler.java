package dev.latido.owner;

import dev.latido.core.JobEngine;
import dev.latido.core.ReplyTo;
import dev.latido.event.EventListener;
import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.process.ProcessEnd;
import dev.latido.protocol.Command;
import dev.latido.protocol.Refusal;
import dev.latido.series.SeriesRecorder;
import dev.latido.store.StoredPoints;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has {@link SeriesRecorder} look at all jobs at the end of each point, a few at a time, and what it wants stored written with the
 * next commit. What goes wrong here costs points, never the owner.
 */
final class SeriesSampler {

    /** How many jobs are looked at before the clock is. */
    private static final int FEW = 32;

    /** How long jobs are looked at before the event loop may do something else. */
    private static final Duration SLICE = Duration.ofMillis(1);

    private static final Logger LOG = LoggerFactory.getLogger(JobVerticle.class); // the name that operators know

    private final JobEngine engine;
    private final EventLoop loop;
    private final TimeSource time;
    private final SeriesRows rows;
    private final BooleanSupplier mayLook;
    private final Runnable written;
    private final SeriesRecorder recorder = new SeriesRecorder();

    /** The job after which the look goes on. */
    private @Nullable String at;

    /** True once something went wrong that is told of: it would be told every 5 s. */
    private boolean isTold;

    /**
     * Makes a sampler, which does nothing before {@link #begin}.
     *
     * @param rows where what is to be stored is put
     * @param mayLook whether the core may be asked; once it may not, it is never asked again
     * @param written told that rows were put
     */
    SeriesSampler(
            JobEngine engine,
            EventLoop loop,
            TimeSource time,
            SeriesRows rows,
            BooleanSupplier mayLook,
            Runnable written) {
        this.engine = engine;
        this.loop = loop;
        this.time = time;
        this.rows = rows;
        this.mayLook = mayLook;
        this.written = written;
    }

    /** Returns who is to be told of events. */
    EventListener listener() {
        return recorder;
    }

    /** Takes up points that were stored; before {@link #begin}, on any one thread. */
    void restore(StoredPoints row) {
        guard(() -> recorder.restore(row));
    }

    /** Begins to look, on the event loop. */
    void begin() {
        look();
    }

    private void look() {
        recorder.beginLook();
        at = null;
        lookOn();
    }

    private void lookOn() {
        if (!mayLook.getAsBoolean()) {
            return;
        }
        guard(() -> {
            Moment now = time.now();
            do {
                at = engine.look(now, at, FEW, this::take);
            } while (at != null && time.nanos() - now.nanos() < SLICE.toNanos());
            if (at == null) {
                end();
            }
        });
        if (at != null) {
            loop.execute(this::lookOn);
        } else {
            loop.schedule(untilNext(), this::look);
        }
    }

    private void take(String job, int queued, int inFlight, long oldestMillis, long accepted) {
        if (recorder.job(job, queued, inFlight, oldestMillis, accepted)) {
            recorder.judge(
                    job,
                    engine.isDegraded(job),
                    engine.hasFailures(job),
                    time.now().wall());
        }
    }

    private void end() {
        rows.add(recorder.endLook(time.now().wall()));
        if (rows.isDue()) {
            written.run();
        }
    }

    /** Returns how long it is to the next whole 5 s of the wall clock. */
    private Duration untilNext() {
        long step = SeriesRecorder.STEP.toMillis();
        return Duration.ofMillis(step - Math.floorMod(time.now().wall().toEpochMilli(), step));
    }

    /** Has what there is of this minute stored too: there will be no other occasion. */
    void end(Runnable then) {
        guard(() -> rows.add(recorder.rest()));
        then.run();
    }

    /** Answers what somebody wants to see. */
    void answer(Command.OfSeries command, ReplyTo replyTo) {
        Command.GetSeries asked = (Command.GetSeries) command;
        String job = asked.job();
        if (job != null && !engine.isKnown(job)) {
            replyTo.answer(Refusal.unknownJob(job));
            return;
        }
        Instant after = asked.after();
        replyTo.answer(recorder.view(
                job,
                asked.range(),
                after == null ? Instant.MIN : after,
                time.now().wall()));
    }

    private void guard(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error fault) {
            ProcessEnd.endIfOutOfMemory(fault);
            at = null;
            if (!isTold) {
                isTold = true;
                LOG.error("What jobs did lately is not recorded in full; the owner goes on", fault);
            }
        }
    }
}
