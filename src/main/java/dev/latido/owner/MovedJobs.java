package dev.latido.owner;

import dev.latido.core.JobEngine;
import dev.latido.job.Priority;
import dev.latido.move.Moves;
import java.util.List;
import java.util.Map;

/** What moves have to know of jobs. */
final class MovedJobs implements Moves.Jobs {

    private final JobEngine engine;
    private final Map<String, JobWorkers> workers;

    MovedJobs(JobEngine engine, Map<String, JobWorkers> workers) {
        this.engine = engine;
        this.workers = workers;
    }

    @Override
    public boolean isDefined(String job) {
        return engine.isDefined(job);
    }

    @Override
    public List<Priority> lanes(String job) {
        JobWorkers known = workers.get(job);
        QueueUse use = known == null ? null : known.queue();
        return use == null ? Priority.MOST_URGENT_FIRST : use.queue().binding().lanes();
    }

    @Override
    public List<String> takersOf(String broker, String queue) {
        return workers.entrySet().stream()
                .filter(each -> {
                    QueueUse use = each.getValue().queue();
                    return use != null
                            && use.queue().broker().equals(broker)
                            && use.queue().binding().name().equals(queue);
                })
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }
}
