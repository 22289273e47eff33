package dev.latido.metric;

import dev.latido.job.TimeSource;
import dev.latido.protocol.JobView;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How jobs stand, as the owner said when it was asked last: that is what no event tells. A level that is nought has no series,
 * and of the reason only the present one has, so that thousands of jobs with nothing to do cost next to nothing.
 *
 * <p>Written on one thread, read from any.
 */
public final class JobLevels implements MultiCollector {

    private static final String REFUSED = "latido_jobs_refused";
    private static final String KEYS = "latido_idempotency_keys_forgotten";

    private final TimeSource time;
    private volatile List<JobView> jobs = List.of();

    public JobLevels(TimeSource time) {
        this.time = time;
    }

    /** Takes what the owner said of all jobs. */
    public void take(List<JobView> all) {
        jobs = List.copyOf(all);
    }

    /** What there is to say, one family of series each. */
    private enum Level {
        REASON("latido_job_reason", "1 for what the job does or why it does not run, in a word"),
        DEGRADED("latido_job_degraded", "1 while something is not as it should be with the job"),
        CAPACITY("latido_queue_capacity", "Executions that the queue holds at most, delayed ones included"),
        AGE("latido_queue_oldest_age_seconds", "How long what has waited longest to be begun has done so"),
        FILL("latido_queue_fill_ratio", "The share of the queue's capacity, or of its bytes, that is taken"),
        DELAYED("latido_queue_delayed", "Executions that wait for their time, their key or another attempt"),
        RETRYING("latido_queue_retrying", "Of those, executions that wait for another attempt"),
        PRODUCERS("latido_queue_waiting_producers", "Producers that wait for room in the queue"),
        DEAD_LETTERS("latido_dead_letters", "Failed executions that are kept, and can be retried");

        private final String name;
        private final String help;

        Level(String name, String help) {
            this.name = name;
            this.help = help;
        }
    }

    @Override
    public MetricSnapshots collect() {
        Map<Level, GaugeSnapshot.Builder> levels = new EnumMap<>(Level.class);
        for (Level level : Level.values()) {
            levels.put(level, GaugeSnapshot.builder().name(level.name).help(level.help));
        }
        CounterSnapshot.Builder refused = CounterSnapshot.builder()
                .name(REFUSED)
                .help("Submissions that were refused, by the type of the refusal");
        CounterSnapshot.Builder keys = CounterSnapshot.builder()
                .name(KEYS)
                .help("Idempotency keys that gave way to newer ones before their time");
        Instant now = time.now().wall();
        for (JobView job : jobs) {
            Labels labels = Labels.of("job", job.name());
            add(
                    levels,
                    Level.REASON,
                    Labels.of("job", job.name(), "reason", job.reason().wireName()),
                    1);
            add(levels, Level.DEGRADED, labels, job.degraded() == null ? 0 : 1);
            if (job.queue().broker() == null) { // else it is full of what the process took, as it is to be
                add(levels, Level.CAPACITY, labels, job.queue().capacity());
                add(levels, Level.FILL, labels, fill(job.queue()));
            }
            Instant oldest = job.queue().oldestQueuedAt();
            if (oldest != null) {
                double age = Duration.between(oldest, now).toMillis() / 1e3;
                add(levels, Level.AGE, labels, Math.max(1e-3, age));
            }
            add(levels, Level.DELAYED, labels, job.queue().delayed());
            add(levels, Level.RETRYING, labels, job.queue().retrying());
            add(levels, Level.PRODUCERS, labels, job.queue().waitingProducers());
            add(levels, Level.DEAD_LETTERS, labels, job.deadLetters());
            long keysForgotten = job.counters().getOrDefault("keysForgotten", 0L);
            if (keysForgotten > 0) {
                keys.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(labels)
                        .value((double) keysForgotten)
                        .build());
            }
            job.refusals()
                    .forEach((reason, count) -> refused.dataPoint(CounterDataPointSnapshot.builder()
                            .labels(Labels.of("job", job.name(), "reason", reason))
                            .value(count)
                            .build()));
        }
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        for (GaugeSnapshot.Builder level : levels.values()) {
            all.metricSnapshot(level.build());
        }
        BrokerLevels.collect(jobs, all);
        return all.metricSnapshot(refused.build()).metricSnapshot(keys.build()).build();
    }

    private static double fill(JobView.Queue queue) {
        long kept = queue.delayed()
                + queue.queued().values().stream().mapToLong(Integer::longValue).sum();
        return Math.max((double) kept / queue.capacity(), (double) queue.bytes() / queue.maxBytes());
    }

    private static void add(Map<Level, GaugeSnapshot.Builder> levels, Level level, Labels labels, double value) {
        GaugeSnapshot.Builder family = levels.get(level);
        if (value != 0 && family != null) {
            family.dataPoint(
                    GaugeDataPointSnapshot.builder().labels(labels).value(value).build());
        }
    }

    @Override
    public List<String> getPrometheusNames() {
        return Stream.of(
                        Arrays.stream(Level.values()).map(level -> level.name),
                        BrokerLevels.names(),
                        Stream.of(REFUSED, KEYS))
                .flatMap(names -> names)
                .toList();
    }
}
