package dev.latido.core;

import dev.latido.protocol.JobView;
import org.jspecify.annotations.Nullable;

/** What people are told of the brokers that have queues of jobs. */
final class BrokerViews {

    private BrokerViews() {}

    /** Returns what is known of the broker of {@code job}; null when it has none. */
    static JobView.@Nullable Broker of(JobState job) {
        SharedQueue queue = job.definition.shared();
        if (queue == null) {
            return null;
        }
        return new JobView.Broker(
                queue.id(),
                queue.type(),
                queue.binding().group(),
                queue.binding().lanes(),
                job.leases.down(),
                queue.binding().capacity(),
                queue.prefetch(),
                queue.binding().lease().toMillis(),
                job.leases.here(),
                job.leases.owed(),
                new JobView.BrokerCounts(
                        job.publications.published() + job.sharedTicks.taken(),
                        job.deliveries.delivered(),
                        job.deliveries.redelivered(),
                        job.deliveries.alreadyDone(),
                        job.leases.lost(),
                        job.deliveries.refused()));
    }
}
