package dev.latido.series;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.protocol.SeriesRange;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the points take, measured as it is when they take most: every sketch is in use, of 10,000 jobs and 100 that are kept. */
class SeriesMemoryTest {

    private static final int JOBS = 10_000;
    private static final long MAX_BYTES = 12_000_000;
    private static final long MAX_BYTES_OF_FAILURES = 2_000_000;

    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static SeriesRecorder filled(List<String> jobs, boolean fails) {
        Looks looks = new Looks();
        jobs.forEach(looks::job);
        looks.look();
        for (int i = 0; i < 13; i++) {
            for (String job : jobs) {
                looks.began(job, Duration.ofDays(9));
                looks.ended(job, ExecutionState.SUCCEEDED, Duration.ofDays(9));
                looks.retried(job, Duration.ofDays(9));
            }
            looks.pass(SeriesRecorder.STEP);
            for (int opened = 0; opened < 200; opened++) {
                looks.view(jobs.get(opened), SeriesRange.HOUR);
            }
        }
        assertThat(looks.recorder.kept()).hasSize(SeriesRecorder.MAX_JOBS);
        for (String job : fails ? looks.recorder.kept() : List.<String>of()) {
            for (int kind = 0; kind < 26; kind++) {
                looks.failed(job, (char) ('a' + kind) + "\u4e16".repeat(500));
            }
        }
        for (String job : jobs) { // the sketches of the point that is not over
            looks.began(job, Duration.ofDays(9));
            looks.ended(job, ExecutionState.SUCCEEDED, Duration.ofDays(9));
        }
        return looks.recorder;
    }

    @Test
    void isBounded() {
        List<String> jobs = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            jobs.add("job-%05d".formatted(i));
        }
        filled(jobs, true); // what is made once
        long points = measure(jobs, false);
        long all = measure(jobs, true);
        System.out.printf("The points of %,d jobs take %,d bytes, failures %,d more%n", JOBS, points, all - points);
        assertThat(points).isBetween(9_000_000L, MAX_BYTES);
        assertThat(all).isLessThan(MAX_BYTES + MAX_BYTES_OF_FAILURES);
    }

    /** Returns the most of several measurements: what was garbage before and is found to be so meanwhile makes some too small. */
    private static long measure(List<String> jobs, boolean fails) {
        long most = 0;
        for (int attempt = 0; attempt < 6; attempt++) {
            long before = used();
            SeriesRecorder recorder = filled(jobs, fails);
            try {
                most = Math.max(most, used() - before);
            } finally {
                Reference.reachabilityFence(recorder);
            }
        }
        return most;
    }
}
