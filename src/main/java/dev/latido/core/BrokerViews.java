package dev.latido.core;

import dev.latido.protocol.JobView;
import dev.latido.queue.Depth;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** What people are told of the brokers that have queues of jobs. */
final class BrokerViews {

    private BrokerViews() {}

    /**
     * Returns what is known of the broker of {@code job}; null when it has none.
     *
     * @param process by which name brokers know this process
     */
    static JobView.@Nullable Broker of(JobState job, String process) {
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
                process,
                depth(queue, job.depths.depth()),
                new JobView.BrokerCounts(
                        job.publications.published() + job.sharedTicks.taken(),
                        job.deliveries.delivered(),
                        job.deliveries.redelivered(),
                        job.deliveries.alreadyDone(),
                        job.leases.lost(),
                        job.deliveries.refused(),
                        job.leases.settled(),
                        job.leases.settleNanos() / 1_000_000));
    }

    private static JobView.@Nullable SharedDepth depth(SharedQueue queue, @Nullable Depth depth) {
        if (depth == null) {
            return null;
        }
        return new JobView.SharedDepth(
                queue.binding().lanes().stream()
                        .map(lane -> new JobView.SharedDepth.Lane(
                                lane,
                                depth.ready().getOrDefault(lane, 0L),
                                depth.leased().getOrDefault(lane, 0L)))
                        .toList(),
                depth.delayed(),
                depth.dead(),
                depth.newer(),
                depth.leftovers().entrySet().stream()
                        .map(each -> new JobView.SharedDepth.Leftover(each.getKey(), each.getValue()))
                        .sorted(Comparator.comparing(JobView.SharedDepth.Leftover::priority)
                                .reversed())
                        .toList(),
                depth.holders().entrySet().stream()
                        .map(each -> new JobView.SharedDepth.Holder(each.getKey(), each.getValue()))
                        .sorted(Comparator.comparing(JobView.SharedDepth.Holder::process))
                        .toList(),
                depth.isExact());
    }
}
