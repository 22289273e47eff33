package dev.latido.metric;

import dev.latido.protocol.JobView;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** How the brokers are that have queues of jobs, as far as this process sees it. Jobs without one have no series. */
final class BrokerLevels {

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
        PUBLISHED("latido_broker_published", "Messages that this process handed in", JobView.BrokerCounts::published),
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

    /** Returns the names of the families. */
    static Stream<String> names() {
        return Stream.concat(
                Arrays.stream(Level.values()).map(level -> level.name),
                Arrays.stream(Count.values()).map(count -> count.name));
    }
}
