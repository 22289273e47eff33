package dev.latido.series;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.protocol.SeriesColumn;
import dev.latido.protocol.SeriesMeasure;
import dev.latido.protocol.SeriesRange;
import dev.latido.protocol.SeriesView;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The points of one job, or of all together, and what the one comes to that is not over yet. A minute's counts are those of its fine
 * points, so that the two agree, also where a process began in its middle; its percentiles are of a sketch over the whole minute.
 */
final class Line {

    /** How many fine points make a coarse one. */
    static final int FINE_IN_COARSE = SeriesRange.DAY.stepSeconds() / SeriesRange.HOUR.stepSeconds();

    private static final SeriesMeasure[] COUNTED = {
        SeriesMeasure.SUCCEEDED,
        SeriesMeasure.FAILED,
        SeriesMeasure.OTHER_ENDS,
        SeriesMeasure.RETRIED,
        SeriesMeasure.ACCEPTED
    };

    private static final SeriesMeasure[] LEVELS = {SeriesMeasure.QUEUED, SeriesMeasure.IN_FLIGHT, SeriesMeasure.OLDEST};

    private final Ring fine = new Ring(SeriesRange.HOUR);
    private final Ring coarse = new Ring(SeriesRange.DAY);
    private final Sketch run = new Sketch();
    private final Sketch wait = new Sketch();
    private final Sketch minuteRun = new Sketch();
    private final Sketch minuteWait = new Sketch();

    private final Failures failures = new Failures();

    private final long sinceMillis;
    private int succeeded;
    private int failed;
    private int otherEnds;
    private int retried;
    private long accepted;
    private long queued;
    private long inFlight;

    /** When what waits longest began to; 0 when nothing waits. */
    private long oldestMillis;

    /**
     * Makes a line without points.
     *
     * @param sinceMillis since when points are kept, in milliseconds since 1970-01-01 UTC
     */
    Line(long sinceMillis) {
        this.sinceMillis = sinceMillis;
    }

    long sinceMillis() {
        return sinceMillis;
    }

    /** Returns what failed; of all jobs together nothing. */
    Failures failures() {
        return failures;
    }

    Ring ring(SeriesRange range) {
        return range == SeriesRange.HOUR ? fine : coarse;
    }

    // What happens

    void ended(Event.ExecutionEnded event) {
        if (event.state() == ExecutionState.SUCCEEDED) {
            succeeded++;
        } else if (event.state() == ExecutionState.FAILED) {
            failed++;
        } else {
            otherEnds++;
        }
        if (event.took() != null) {
            ran(event.took());
        }
    }

    void attemptFailed(Event.AttemptFailed event) {
        retried++;
        ran(event.took());
    }

    private void ran(Duration took) {
        run.record(took);
        minuteRun.record(took);
    }

    void began(Event.ExecutionBegan event) {
        wait.record(event.waited());
        minuteWait.record(event.waited());
    }

    /** So many more executions were accepted. */
    void accepted(long more) {
        accepted += more;
    }

    // How it stands

    /** Nothing is known of how it stands, until {@link #stands} says so. */
    void look() {
        queued = 0;
        inFlight = 0;
        oldestMillis = 0;
    }

    /** A job stands so; those of a line of all are added up. */
    void stands(int moreQueued, int moreInFlight, long since) {
        queued += moreQueued;
        inFlight += moreInFlight;
        if (since != 0) {
            oldestMillis = oldestMillis == 0 ? since : Math.min(oldestMillis, since);
        }
    }

    // Points

    /** Forgets points that have not been yet by a clock that was set back. */
    void forgetAfter(long number) {
        fine.forgetAfter(number);
        coarse.forgetAfter(Math.floorDiv(number, FINE_IN_COARSE));
    }

    /** Ends the fine point of this number, and begins the next. */
    void endFine(long number, long nowMillis) {
        Point point = new Point()
                .set(SeriesMeasure.SUCCEEDED, succeeded)
                .set(SeriesMeasure.FAILED, failed)
                .set(SeriesMeasure.OTHER_ENDS, otherEnds)
                .set(SeriesMeasure.RETRIED, retried)
                .set(SeriesMeasure.ACCEPTED, (float) accepted)
                .set(SeriesMeasure.QUEUED, (float) queued)
                .set(SeriesMeasure.IN_FLIGHT, (float) inFlight)
                .set(SeriesMeasure.OLDEST, oldestMillis == 0 ? 0 : (float) Math.max(0, nowMillis - oldestMillis));
        percentiles(point, run, wait);
        fine.put(number, point);
        succeeded = 0;
        failed = 0;
        otherEnds = 0;
        retried = 0;
        accepted = 0;
        run.clear();
        wait.clear();
    }

    /** Writes the coarse point of this number as far as it is over. */
    void writeCoarse(long number) {
        Point point = new Point();
        for (long each = number * FINE_IN_COARSE; each < (number + 1) * FINE_IN_COARSE; each++) {
            if (!fine.isKnown(each)) {
                continue;
            }
            for (SeriesMeasure counted : COUNTED) {
                float sofar = point.get(counted);
                point.set(counted, (Float.isNaN(sofar) ? 0 : sofar) + fine.at(each, counted));
            }
            for (SeriesMeasure level : LEVELS) {
                point.set(level, fine.at(each, level));
            }
        }
        if (point.isKnown()) {
            percentiles(point, minuteRun, minuteWait);
            coarse.put(number, point);
        }
    }

    /** A minute is over, and what its sketches held is written. */
    void beginMinute() {
        minuteRun.clear();
        minuteWait.clear();
    }

    private static void percentiles(Point point, Sketch run, Sketch wait) {
        point.set(SeriesMeasure.RUN_P50, run.millis(50))
                .set(SeriesMeasure.RUN_P95, run.millis(95))
                .set(SeriesMeasure.RUN_P99, run.millis(99))
                .set(SeriesMeasure.WAIT_P50, wait.millis(50))
                .set(SeriesMeasure.WAIT_P95, wait.millis(95))
                .set(SeriesMeasure.WAIT_P99, wait.millis(99));
    }

    /**
     * Returns the points of a range, from the first of which something is known.
     *
     * @param job the name of the job; null for all
     * @param after only points that begin later than this
     */
    SeriesView view(@Nullable String job, SeriesRange range, Instant after, Instant now) {
        Ring ring = ring(range);
        int step = range.stepSeconds();
        long current = Math.floorDiv(now.getEpochSecond(), step);
        long next = Math.min(current, Math.floorDiv(after.getEpochSecond(), step) + 1);
        long first = ring.firstKnown(Math.max(current - range.points(), next));
        Map<SeriesMeasure, SeriesColumn> columns = new EnumMap<>(SeriesMeasure.class);
        for (SeriesMeasure measure : SeriesMeasure.values()) {
            columns.put(measure, ring.column(measure, first));
        }
        return new SeriesView(
                job,
                range,
                Instant.ofEpochMilli(sinceMillis),
                Instant.ofEpochSecond(first * step),
                columns,
                failures.view(now));
    }

    /** Returns the answer for a job of which no points are kept. */
    static SeriesView none(@Nullable String job, SeriesRange range, Instant now) {
        Map<SeriesMeasure, SeriesColumn> columns = new EnumMap<>(SeriesMeasure.class);
        for (SeriesMeasure measure : SeriesMeasure.values()) {
            columns.put(measure, SeriesColumn.of());
        }
        long step = range.stepSeconds();
        return new SeriesView(
                job,
                range,
                null,
                Instant.ofEpochSecond(Math.floorDiv(now.getEpochSecond(), step) * step),
                columns,
                List.of());
    }
}
