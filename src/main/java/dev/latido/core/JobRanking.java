package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.protocol.JobFilter;
import dev.latido.protocol.JobGroup;
import dev.latido.protocol.JobOrder;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.JobView;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/** Reads a page of jobs in any order: looks at each job once, and keeps only those up to the end of the page. */
final class JobRanking {

    /**
     * A job with what it is sorted by.
     *
     * @param key the larger, the further to the front of its group
     * @param place how many jobs come before it by name
     */
    private record Ranked(JobState job, JobGroup group, long key, int place) {}

    private static final Comparator<Ranked> LAST_FIRST = Comparator.comparing(Ranked::group)
            .thenComparing(Comparator.comparingLong(Ranked::key).reversed())
            .thenComparingInt(Ranked::place)
            .reversed();

    private JobRanking() {}

    /**
     * Reads a page.
     *
     * @param jobs all jobs, in the order of their names
     * @param limit how many are on a page
     */
    static JobPage page(Collection<JobState> jobs, JobFilter filter, JobOrder order, int limit, Parts parts) {
        long before = (order.page() - 1L) * limit;
        Set<JobGroup> listed = order.groups();
        Map<JobGroup, Integer> counts = listed == null ? null : noneOf();
        PriorityQueue<Ranked> front = new PriorityQueue<>(LAST_FIRST);
        int total = 0;
        int place = 0;
        for (JobState job : jobs) {
            place++;
            if (!JobQueries.matches(job, filter, parts.why)) {
                continue;
            }
            JobGroup group = JobGroup.IDLE; // where nobody asks for groups, all are even
            if (counts != null && listed != null) {
                group = groupOf(job, parts.why);
                counts.merge(group, 1, Integer::sum);
                if (!listed.contains(group)) {
                    continue;
                }
            }
            total++;
            Ranked ranked = new Ranked(job, group, key(job, order.sort()), place);
            if (front.size() < before + limit) {
                front.add(ranked);
            } else if (LAST_FIRST.compare(ranked, front.element()) > 0) {
                front.remove();
                front.add(ranked);
            }
        }
        Deque<JobView> page = new ArrayDeque<>();
        while (front.size() > before) {
            page.addFirst(JobQueries.view(front.remove().job, parts));
        }
        return new JobPage(List.copyOf(page), null, total, counts);
    }

    private static Map<JobGroup, Integer> noneOf() {
        Map<JobGroup, Integer> counts = new EnumMap<>(JobGroup.class);
        for (JobGroup group : JobGroup.values()) {
            counts.put(group, 0);
        }
        return counts;
    }

    private static long key(JobState job, JobOrder.Sort sort) {
        return switch (sort) {
            case NAME -> 0;
            case DEPTH -> job.queue.size() + job.delayed.size();
            case FAILURES -> job.ended(ExecutionState.FAILED).size();
            case AGE -> {
                Instant oldest = job.oldestQueuedAt();
                yield oldest == null ? Long.MIN_VALUE : -oldest.toEpochMilli();
            }
        };
    }

    private static JobGroup groupOf(JobState job, Why why) {
        if (why.isDegraded(job) != null) {
            return JobGroup.DEGRADED;
        } else if (job.ended(ExecutionState.FAILED).size() > 0) {
            return JobGroup.FAILED;
        } else if (job.running.size() > 0) {
            return JobGroup.WORKING;
        } else if (!job.isRunning()) {
            return JobGroup.STOPPED;
        }
        return job.isIdle() ? JobGroup.IDLE : JobGroup.WAITING;
    }
}
