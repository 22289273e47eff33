package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.queue.Depth;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How much there is in the queues of jobs at brokers, over all processes: asked for now and then, for people and metrics. */
final class QueueDepths {

    /** How often the broker is asked. */
    static final Duration EVERY = Duration.ofSeconds(5);

    /** What is known of the queue of one job. */
    static final class State {

        private @Nullable Depth depth;
        private Alarms.@Nullable Alarm asks;

        /** Of what people were told; an outage in between is no reason to tell again. */
        private Set<String> noticed = Set.of();

        /** Returns what the broker told last; null when it did not since it is there. */
        @Nullable Depth depth() {
            return depth;
        }
    }

    private final UnitOfWork unit;

    QueueDepths(UnitOfWork unit) {
        this.unit = unit;
    }

    /** The broker can be used. */
    void up(JobState job) {
        ask(job);
    }

    /** It cannot, and what it told is over. */
    void down(JobState job) {
        job.depths.depth = null;
        cancel(job);
    }

    private void cancel(JobState job) {
        unit.alarms.cancel(job.depths.asks);
        job.depths.asks = null;
    }

    private void ask(JobState job) {
        cancel(job);
        unit.addAtOnce(new Effect.AskDepth(job.name()));
    }

    /** Has people told once of what nobody will work on. */
    private void notice(JobState job, @Nullable Depth depth) {
        SharedQueue queue = job.definition.shared();
        if (depth == null || queue == null) {
            return;
        }
        Map<String, Long> notices = QueueNotices.of(depth);
        notices.forEach((what, count) -> {
            if (!job.depths.noticed.contains(what)) {
                unit.announce(new Event.QueueNoticed(job.name(), unit.now().wall(), queue.id(), what, count));
            }
        });
        job.depths.noticed = Set.copyOf(notices.keySet());
    }

    /** The broker told, or did not, which is null. */
    void told(JobState job, @Nullable Depth depth) {
        cancel(job);
        if (job.leases.isUp() && !unit.isShuttingDown()) {
            job.depths.depth = depth;
            notice(job, depth);
            job.depths.asks = unit.after(EVERY, () -> ask(job));
            unit.involve(job);
        }
    }
}
