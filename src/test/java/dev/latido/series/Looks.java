package dev.latido.series;

import dev.latido.event.Event;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.protocol.SeriesMeasure;
import dev.latido.protocol.SeriesRange;
import dev.latido.protocol.SeriesView;
import dev.latido.store.NewPoints;
import dev.latido.store.StoredPoints;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A service in a few lines, whose jobs a {@link SeriesRecorder} looks at, and a store of what it wants stored. */
final class Looks {

    private static final ExecutionId ID = new ExecutionId(1);

    /** How a job stands. */
    static final class Job {
        int queued;
        int inFlight;
        long oldestMillis;
        long accepted;
        boolean isDegraded;
        boolean hasFailures;
    }

    final Map<String, Job> jobs = new TreeMap<>();
    private final Map<List<Long>, StoredPoints> stored =
            new TreeMap<>(Comparator.<List<Long>, Long>comparing(name -> name.get(0))
                    .thenComparing(name -> name.get(1))
                    .reversed());

    SeriesRecorder recorder = new SeriesRecorder();
    Instant now = Instant.parse("2026-03-01T12:00:00Z");

    Job job(String name) {
        return jobs.computeIfAbsent(name, same -> new Job());
    }

    /** Looks at all jobs. */
    void look() {
        recorder.beginLook();
        jobs.forEach((name, job) -> {
            if (recorder.job(name, job.queued, job.inFlight, job.oldestMillis, job.accepted)) {
                recorder.judge(name, job.isDegraded, job.hasFailures, now);
            }
        });
        recorder.endLook(now).forEach(this::store);
    }

    private void store(NewPoints points) {
        StoredPoints row = points.row();
        stored.values().removeIf(other -> other.stepSeconds() == row.stepSeconds() && !points.keeps(other));
        stored.put(List.of(row.minuteMillis(), (long) row.stepSeconds()), row);
    }

    /** Has so much time pass, with a look at the end of each 5 s. */
    void pass(Duration time) {
        Instant end = now.plus(time);
        while (now.isBefore(end)) {
            now = now.plus(SeriesRecorder.STEP);
            look();
        }
    }

    /** Begins anew with what is stored, as after a kill. */
    void restart() {
        recorder = new SeriesRecorder();
        stored.values().forEach(recorder::restore);
        look();
    }

    /** Begins anew, after an end that was told. */
    void restartInOrder() {
        recorder.rest().forEach(this::store);
        restart();
    }

    List<StoredPoints> stored() {
        return new ArrayList<>(stored.values());
    }

    void began(String job, Duration waited) {
        recorder.on(new Event.ExecutionBegan(job, now, ID, Priority.NORMAL, 1, null, waited, null, 0, 1));
    }

    void ended(String job, ExecutionState state, @Nullable Duration took) {
        recorder.on(new Event.ExecutionEnded(job, now, ID, state, Priority.NORMAL, null, 1, 1, took, 0, 0));
    }

    void failed(String job, @Nullable String why) {
        Duration took = Duration.ofMillis(1);
        recorder.on(
                new Event.ExecutionEnded(job, now, ID, ExecutionState.FAILED, Priority.NORMAL, why, 1, 1, took, 0, 0));
    }

    void retried(String job, Duration took) {
        recorder.on(new Event.AttemptFailed(job, now, ID, 1, 3, "it failed", now, false, took));
    }

    SeriesView view(@Nullable String job, SeriesRange range) {
        return recorder.view(job, range, Instant.MIN, now);
    }

    /** Returns what all points say of a measure. */
    static List<Float> values(SeriesView view, SeriesMeasure measure) {
        List<Float> values = new ArrayList<>();
        for (int i = 0; i < view.points(); i++) {
            values.add(view.column(measure).at(i));
        }
        return values;
    }
}
