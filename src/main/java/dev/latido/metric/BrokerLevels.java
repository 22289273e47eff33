package dev.latido.metric;

import dev.latido.protocol.JobView;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** How the brokers are that have queues of jobs, as far as this process sees it. Jobs without one have no series. */
final class BrokerLevels {

    private static final String SETTLE = "latido_broker_settle_seconds";
    private static final String DEPTH = "latido_broker_queue_depth";
    private static final String READY = "latido_broker_queue_ready";
    private static final String DELAYED = "latido_broker_queue_delayed";
    private static final String DEAD = "latido_broker_dead_letters";

    private BrokerLevels() {}

    /** What there is to say, one series for each job. */
    private enum Level {
        CONNECTED(
                "latido_broker_connected",
                "1 while the broker can be used, else 0",
                it -> it.problem() == null ? 1 : 0),
        HELD("latido_broker_held", "Messages that this process has and is not done with", JobView.Broker::here),
        OWED(
                "latido_broker_owed",
                "Messages that are done, of which the broker has not confirmed that",
                JobView.Broker::owed);

        private final String name;
        private final String help;

        @SuppressWarnings("ImmutableEnumChecker") // functions that hold nothing
        private final ToDoubleFunction<JobView.Broker> value;

        Level(String name, String help, ToDoubleFunction<JobView.Broker> value) {
            this.name = name;
            this.help = help;
            this.value = value;
        }
    }

    /** What is counted since the process began. */
    private enum Count {
        PUBLISHED("latido_broker_published", "Messages that this process submitted", JobView.BrokerCounts::published),
        DELIVERED(
                "latido_broker_delivered",
                "Messages that were delivered to this process",
                JobView.BrokerCounts::delivered),
        REDELIVERED(
                "latido_broker_redelivered",
                "Of these, messages that had been delivered before, to whomever",
                JobView.BrokerCounts::redelivered),
        ALREADY_DONE(
                "latido_broker_already_done",
                "Of these, messages that were done here before, and only settled",
                JobView.BrokerCounts::alreadyDone),
        LEASES_LOST("latido_broker_leases_lost", "Leases that this process lost", JobView.BrokerCounts::leasesLost),
        REFUSED(
                "latido_broker_refused",
                "Messages that became dead letters because they cannot be work",
                JobView.BrokerCounts::refused);

        private final String name;
        private final String help;

        @SuppressWarnings("ImmutableEnumChecker")
        private final ToDoubleFunction<JobView.BrokerCounts> value;

        Count(String name, String help, ToDoubleFunction<JobView.BrokerCounts> value) {
            this.name = name;
            this.help = help;
            this.value = value;
        }
    }

    /** Adds a family of series each. */
    static void collect(List<JobView> jobs, MetricSnapshots.Builder all) {
        for (Level level : Level.values()) {
            GaugeSnapshot.Builder family =
                    GaugeSnapshot.builder().name(level.name).help(level.help);
            brokers(jobs)
                    .forEach(job -> family.dataPoint(GaugeDataPointSnapshot.builder()
                            .labels(labels(job))
                            .value(level.value.applyAsDouble(broker(job)))
                            .build()));
            all.metricSnapshot(family.build());
        }
        for (Count count : Count.values()) {
            CounterSnapshot.Builder family =
                    CounterSnapshot.builder().name(count.name).help(count.help);
            brokers(jobs)
                    .forEach(job -> family.dataPoint(CounterDataPointSnapshot.builder()
                            .labels(labels(job))
                            .value(count.value.applyAsDouble(broker(job).counts()))
                            .build()));
            all.metricSnapshot(family.build());
        }
        addSettleTimes(jobs, all);
        addDepths(jobs, all);
    }

    private static Stream<JobView> brokers(List<JobView> jobs) {
        return jobs.stream().filter(job -> job.queue().broker() != null);
    }

    private static JobView.Broker broker(JobView job) {
        JobView.Broker broker = job.queue().broker();
        if (broker == null) {
            throw new IllegalArgumentException(job.name() + " has no broker");
        }
        return broker;
    }

    private static Labels labels(JobView job) {
        return Labels.of("job", job.name(), "queue", broker(job).queue());
    }

    /** Adds how long settlements take. */
    private static void addSettleTimes(List<JobView> jobs, MetricSnapshots.Builder all) {
        SummarySnapshot.Builder family = SummarySnapshot.builder()
                .name(SETTLE)
                .help("How long it takes from the end of an execution until the broker has confirmed it");
        brokers(jobs)
                .forEach(job -> family.dataPoint(SummaryDataPointSnapshot.builder()
                        .labels(labels(job))
                        .count(broker(job).counts().settled())
                        .sum(broker(job).counts().settleMillis() / 1_000.0)
                        .build()));
        all.metricSnapshot(family.build());
    }

    /**
     * Adds how much there is over all processes. Each of them exports the same, so that they are to be combined by their
     * maximum; a sum would count it once for each.
     */
    private static void addDepths(List<JobView> jobs, MetricSnapshots.Builder all) {
        GaugeSnapshot.Builder depth = GaugeSnapshot.builder()
                .name(DEPTH)
                .help(
                        "Messages in the queue that are ready or that some process has, over all processes: combine by max");
        GaugeSnapshot.Builder ready =
                GaugeSnapshot.builder().name(READY).help("Of these, messages that wait to be taken: combine by max");
        GaugeSnapshot.Builder delayed = GaugeSnapshot.builder()
                .name(DELAYED)
                .help("Messages in the queue that are not due yet, over all processes: combine by max");
        GaugeSnapshot.Builder dead = GaugeSnapshot.builder()
                .name(DEAD)
                .help("Dead letters of the queue, over all processes: combine by max");
        brokers(jobs).forEach(job -> {
            JobView.SharedDepth known = broker(job).depth();
            if (known != null) {
                for (JobView.SharedDepth.Lane lane : known.lanes()) {
                    Labels labels = labels(job).add("lane", lane.priority().wireName());
                    depth.dataPoint(point(labels, lane.ready() + lane.held()));
                    ready.dataPoint(point(labels, lane.ready()));
                }
                delayed.dataPoint(point(labels(job), known.delayed()));
                dead.dataPoint(point(labels(job), known.deadLetters()));
            }
        });
        Stream.of(depth, ready, delayed, dead).forEach(family -> all.metricSnapshot(family.build()));
    }

    private static GaugeDataPointSnapshot point(Labels labels, long value) {
        return GaugeDataPointSnapshot.builder()
                .labels(labels)
                .value((double) value)
                .build();
    }

    /** Returns the names of the families. */
    static Stream<String> names() {
        return Stream.of(
                        Arrays.stream(Level.values()).map(level -> level.name),
                        Arrays.stream(Count.values()).map(count -> count.name),
                        Stream.of(SETTLE, DEPTH, READY, DELAYED, DEAD))
                .flatMap(each -> each);
    }
}
