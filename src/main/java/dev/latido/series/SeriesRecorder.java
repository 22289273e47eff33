package dev.latido.series;

import dev.latido.event.Event;
import dev.latido.event.EventListener;
import dev.latido.job.ExecutionState;
import dev.latido.protocol.SeriesRange;
import dev.latido.protocol.SeriesView;
import dev.latido.store.NewPoints;
import dev.latido.store.StoredPoints;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What jobs did lately, in points: an hour of them each 5 s and a day each minute, of all jobs together and of those whose points are
 * kept. Events say what happened, a look at the jobs at the end of each point how they stand. Belongs to one thread.
 *
 * <p>A look is {@link #beginLook}, {@link #job} for each job, and {@link #endLook}; the first one, before anything happens, ends no
 * point.
 */
public final class SeriesRecorder implements EventListener, Event.Handler {

    /** Of how many jobs points are kept. */
    public static final int MAX_JOBS = 100;

    /** How long each fine point is. */
    public static final Duration STEP = Duration.ofSeconds(SeriesRange.HOUR.stepSeconds());

    /** A job that somebody looked at is kept for so long. */
    private static final Duration OPENED_FOR = Duration.ofHours(1);

    /** The name under which the points of all jobs together are stored. No job has it. */
    private static final String ALL = "";

    /** What is known of each job, whether its points are kept or not. */
    private static final class Tally {
        /** How many had been accepted at the latest look. */
        private long accepted;

        /** How much happened lately: half of it is forgotten with each choice. */
        private int activity;

        private @Nullable Line line;
    }

    private Line all = new Line(0);
    private final Map<String, Tally> jobs = new HashMap<>();

    /** Those whose points are kept, by their names. */
    private final Map<String, Line> kept = new TreeMap<>();

    /** When jobs were looked at, in the order of the latest look; no more than may be kept. */
    private final Map<String, Instant> opened = new LinkedHashMap<>();

    private final Choice choice = new Choice(MAX_JOBS);

    /** How often there was a look; each judges a part of all jobs, always the same ones. */
    private int looks;

    private boolean hasBegun;

    /** Jobs of the first look, to begin with. */
    private final List<String> first = new ArrayList<>();

    /** The fine point that is not over yet. */
    private long current;

    // What happens

    @Override
    public void on(Event event) {
        event.accept(this);
    }

    private Tally tally(String job) {
        return jobs.computeIfAbsent(job, name -> new Tally());
    }

    @Override
    public void executionBegan(Event.ExecutionBegan event) {
        Tally tally = tally(event.job());
        tally.activity++;
        all.began(event);
        if (tally.line != null) {
            tally.line.began(event);
        }
    }

    @Override
    public void executionEnded(Event.ExecutionEnded event) {
        Tally tally = tally(event.job());
        tally.activity++;
        all.ended(event);
        if (tally.line != null) {
            tally.line.ended(event);
            if (event.state() == ExecutionState.FAILED) {
                String why = event.why() == null ? "no reason given" : event.why();
                tally.line.failures().add(why, event.at().toEpochMilli());
            }
        }
    }

    @Override
    public void attemptFailed(Event.AttemptFailed event) {
        Tally tally = tally(event.job());
        all.attemptFailed(event);
        if (tally.line != null) {
            tally.line.attemptFailed(event);
            tally.line.failures().add(event.error(), event.at().toEpochMilli());
        }
    }

    // What is stored

    /**
     * Takes up what was stored; the latest first, and all before the first look. Of those whose points the latest has, all others
     * give theirs too.
     *
     * @throws IllegalArgumentException when the row makes no sense; others may
     */
    public void restore(StoredPoints row) {
        boolean isFirst = all.sinceMillis() == 0;
        PointRows.read(row, (job, since) -> restored(job, since, isFirst));
    }

    private @Nullable Line restored(String job, long since, boolean isFirst) {
        if (isFirst && job.equals(ALL)) {
            all = new Line(since);
        } else if (isFirst && kept.size() < MAX_JOBS) {
            kept.computeIfAbsent(job, name -> new Line(since));
        }
        return job.equals(ALL) ? all : kept.get(job);
    }

    private void write(long minute, List<NewPoints> rows) {
        Map<String, Line> lines = new TreeMap<>(kept);
        lines.put(ALL, all);
        lines.values().forEach(line -> line.writeCoarse(minute));
        rows.add(PointRows.write(SeriesRange.DAY, minute, lines));
        rows.add(PointRows.write(SeriesRange.HOUR, minute, lines));
        boolean isChanged = false;
        for (Line line : kept.values()) {
            isChanged |= line.failures().takeChanged();
        }
        if (isChanged) {
            rows.add(PointRows.writeFailures(minute, kept));
        }
    }

    /** Returns what is to be stored at the end: the minute that is not over, as far as there are points of it. */
    public List<NewPoints> rest() {
        List<NewPoints> rows = new ArrayList<>();
        if (hasBegun) {
            write(Math.floorDiv(current, Line.FINE_IN_COARSE), rows);
        }
        return rows;
    }

    // How jobs stand

    /** Begins a look at all jobs. */
    public void beginLook() {
        all.look();
    }

    /**
     * Takes how a job stands.
     *
     * @param oldestMillis since when what waits longest does so, in milliseconds since 1970-01-01 UTC; 0 when nothing waits
     * @param accepted how many of its executions were accepted in all
     * @return whether it is the turn of this job to be {@link #judge judged}
     */
    public boolean job(String job, int queued, int inFlight, long oldestMillis, long accepted) {
        Tally tally = tally(job);
        if (!hasBegun) {
            tally.accepted = accepted; // those of processes before
            if (first.size() < MAX_JOBS) {
                first.add(job);
            }
        }
        long more = Math.max(0, accepted - tally.accepted);
        tally.accepted = accepted;
        all.accepted(more);
        all.stands(queued, inFlight, oldestMillis);
        Line line = tally.line;
        if (line != null) {
            line.accepted(more);
            line.look();
            line.stands(queued, inFlight, oldestMillis);
        }
        return hasBegun && Math.floorMod(job.hashCode(), Line.FINE_IN_COARSE) == looks % Line.FINE_IN_COARSE;
    }

    /** Says how a job is whose turn it is: it may be kept from the next choice on. */
    public void judge(String job, boolean isDegraded, boolean hasFailures, Instant now) {
        Tally tally = tally(job);
        Instant looked = opened.get(job);
        if (looked != null && !looked.isAfter(now.minus(OPENED_FOR))) {
            opened.remove(job);
            looked = null;
        }
        Choice.Need need = isDegraded || looked != null
                ? Choice.Need.ATTENTION
                : hasFailures ? Choice.Need.FAILURES : Choice.Need.NONE;
        choice.offer(job, need, tally.line != null, tally.activity);
        tally.activity /= 2;
    }

    /**
     * Ends a look, and with it a point; once a minute what is to be stored is said, and another choice made.
     *
     * @param now when it ended
     */
    public List<NewPoints> endLook(Instant now) {
        long nowMillis = now.toEpochMilli();
        long number = Math.floorDiv(nowMillis + STEP.toMillis() / 2, STEP.toMillis()) - 1; // timers are not exact
        if (!hasBegun) {
            begin(number + 1, nowMillis);
            return List.of();
        }
        List<NewPoints> rows = new ArrayList<>();
        if (number < current - 1) { // the clock was set back
            forgetAfter(number - 1);
            current = number;
            beginMinute();
        } else if (number < current) {
            return rows; // it is counted with the next
        }
        long minute = Math.floorDiv(number, Line.FINE_IN_COARSE);
        long before = Math.floorDiv(current, Line.FINE_IN_COARSE);
        if (before < minute) { // its end was slept through
            write(before, rows);
            beginMinute();
        }
        all.endFine(number, nowMillis);
        kept.values().forEach(line -> line.endFine(number, nowMillis));
        current = number + 1;
        looks++;
        if (Math.floorDiv(current, Line.FINE_IN_COARSE) > minute) {
            write(minute, rows);
            beginMinute();
        }
        if (looks % Line.FINE_IN_COARSE == 0) { // each job had its turn
            choose(nowMillis);
        }
        return rows;
    }

    private void begin(long number, long nowMillis) {
        hasBegun = true;
        current = number;
        if (all.sinceMillis() == 0) {
            all = new Line(nowMillis);
        }
        kept.keySet().retainAll(jobs.keySet()); // others are not there any more
        for (String job : first) {
            if (kept.size() < MAX_JOBS) {
                kept.computeIfAbsent(job, name -> new Line(nowMillis));
            }
        }
        first.clear();
        kept.forEach((job, line) -> tally(job).line = line);
        forgetAfter(number - 1);
    }

    private void forgetAfter(long number) {
        all.forgetAfter(number);
        kept.values().forEach(line -> line.forgetAfter(number));
    }

    private void beginMinute() {
        all.beginMinute();
        kept.values().forEach(Line::beginMinute);
    }

    private void choose(long nowMillis) {
        List<String> chosen = choice.take();
        Map<String, Line> before = new HashMap<>(kept);
        kept.clear();
        for (String job : chosen) {
            Line line = before.remove(job);
            kept.put(job, line == null ? new Line(nowMillis) : line);
        }
        before.keySet().forEach(gone -> tally(gone).line = null);
        kept.forEach((job, line) -> tally(job).line = line);
    }

    // What is asked

    /**
     * Returns the points of a job, which exists, or of all.
     *
     * @param job its name; null for all jobs together. Somebody looks at it
     * @param after only points that begin later than this
     */
    public SeriesView view(@Nullable String job, SeriesRange range, Instant after, Instant now) {
        if (job != null) {
            open(job, now);
        }
        Line line = job == null ? all : kept.get(job);
        return line == null || !hasBegun ? Line.none(job, range, now) : line.view(job, range, after, now);
    }

    private void open(String job, Instant now) {
        opened.remove(job);
        if (opened.size() >= MAX_JOBS) {
            opened.remove(opened.keySet().iterator().next());
        }
        opened.put(job, now);
    }

    /** Returns the names of the jobs whose points are kept. */
    public List<String> kept() {
        return List.copyOf(kept.keySet());
    }

    // What says nothing of how much is done

    @Override
    public void jobStarted(Event.JobStarted event) {}

    @Override
    public void jobStopped(Event.JobStopped event) {}

    @Override
    public void jobRecovered(Event.JobRecovered event) {}

    @Override
    public void jobClosed(Event.JobClosed event) {}

    @Override
    public void tickCoalesced(Event.TickCoalesced event) {}

    @Override
    public void ticksMissed(Event.TicksMissed event) {}

    @Override
    public void deadLettersLost(Event.DeadLettersLost event) {}

    @Override
    public void executionQueued(Event.ExecutionQueued event) {}

    @Override
    public void executionProgressed(Event.ExecutionProgressed event) {}

    @Override
    public void storeLost(Event.StoreLost event) {}

    @Override
    public void storeBack(Event.StoreBack event) {}

    @Override
    public void breakerChanged(Event.BreakerChanged event) {}

    @Override
    public void jobChanged(Event.JobChanged event) {}

    @Override
    public void servicePaused(Event.ServicePaused event) {}

    @Override
    public void serviceResumed(Event.ServiceResumed event) {}

    @Override
    public void lateOutcome(Event.LateOutcome event) {}

    @Override
    public void workerChanged(Event.WorkerChanged event) {}

    @Override
    public void queueLost(Event.QueueLost event) {}

    @Override
    public void queueBack(Event.QueueBack event) {}

    @Override
    public void queueNoticed(Event.QueueNoticed event) {}

    @Override
    public void messageRefused(Event.MessageRefused event) {}
}
