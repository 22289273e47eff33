package dev.latido.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the {@code next} of all jobs come to together: each of them leads to a job, once, and none back to itself, by way of a queue
 * at a broker neither.
 */
public final class Pipelines {

    /**
     * A {@code next} that cannot be.
     *
     * @param job whose it is
     * @param what what is wrong with it
     */
    public record Problem(String job, String what) {}

    /** Where the work of each job leads, by its name. */
    private final Map<String, List<String>> targets = new LinkedHashMap<>();

    private final List<Problem> problems = new ArrayList<>();
    private final Set<String> followed = new HashSet<>();

    private Pipelines(Collection<JobDefinition> jobs) {
        Map<String, List<String>> takers = new HashMap<>();
        for (JobDefinition job : jobs) {
            if (job.shared() != null) {
                takers.computeIfAbsent(job.shared().id(), ignored -> new ArrayList<>())
                        .add(job.name());
            }
        }
        for (JobDefinition job : jobs) {
            List<String> all = new ArrayList<>(job.next());
            List<String> queues = new ArrayList<>(job.outlets());
            if (job.resultQueue() != null) {
                queues.add(job.resultQueue().id());
            }
            queues.forEach(queue -> all.addAll(takers.getOrDefault(queue, List.of())));
            targets.put(job.name(), all);
        }
    }

    /** Returns everything that is wrong with the pipelines of these jobs, which are all that there are. */
    public static List<Problem> problems(Collection<JobDefinition> jobs) {
        Pipelines all = new Pipelines(jobs);
        jobs.forEach(job -> all.checkNext(job.name(), job.next()));
        jobs.forEach(job -> all.findCircles(job.name()));
        return List.copyOf(all.problems);
    }

    private void checkNext(String name, List<String> next) {
        Set<String> seen = new HashSet<>();
        for (String target : next) {
            if (!targets.containsKey(target)) {
                problems.add(new Problem(name, "there is no job '" + target + "'"));
            } else if (!seen.add(target)) {
                problems.add(new Problem(name, "names '" + target + "' twice"));
            }
        }
    }

    /** Follows all pipelines that begin at {@code start}; without recursion, because they may be long. */
    private void findCircles(String start) {
        Map<String, Iterator<String>> path = new LinkedHashMap<>();
        Deque<String> names = new ArrayDeque<>();
        if (followed.add(start)) {
            path.put(start, targets(start));
            names.push(start);
        }
        while (!names.isEmpty()) {
            String last = names.element();
            Iterator<String> rest = path.getOrDefault(last, Collections.emptyIterator());
            if (!rest.hasNext()) {
                path.remove(last);
                names.pop();
                continue;
            }
            String target = rest.next();
            if (path.containsKey(target)) {
                problems.add(new Problem(last, "'" + target + "' leads back to '" + last + "'; a pipeline has an end"));
            } else if (followed.add(target)) {
                path.put(target, targets(target));
                names.push(target);
            }
        }
    }

    private Iterator<String> targets(String name) {
        return targets.getOrDefault(name, List.of()).iterator();
    }
}
