package dev.latido.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The jobs that are defined: what everything follows that has something of each job. Thread-safe; a job is defined on
 * whatever thread somebody defines it, and followers are told of it there, in the order in which they came.
 */
public final class JobRegistry {

    private final String defaultName;
    private final Map<String, JobDefinition> byName = new TreeMap<>();
    private final List<Consumer<JobDefinition>> followers = new ArrayList<>();

    /**
     * Makes an empty one.
     *
     * @param defaultName the job that is meant where none is named; among the first to be defined
     */
    public JobRegistry(String defaultName) {
        this.defaultName = defaultName;
    }

    /** Makes one with these jobs. */
    public static JobRegistry of(String defaultName, Collection<JobDefinition> jobs) {
        JobRegistry registry = new JobRegistry(defaultName);
        registry.define(jobs);
        return registry;
    }

    /**
     * Defines {@code jobs}, all or none. Whoever is to work for them has to know them before.
     *
     * @throws IllegalArgumentException when there is a job of such a name, or their pipelines, with all that are defined,
     *     lead to none or back to their beginning
     */
    public synchronized void define(Collection<JobDefinition> jobs) {
        Map<String, JobDefinition> all = new LinkedHashMap<>(byName);
        for (JobDefinition job : jobs) {
            if (all.put(job.name(), job) != null) {
                throw new IllegalArgumentException("job '" + job.name() + "' is defined already");
            }
        }
        if (!all.containsKey(defaultName)) {
            throw new IllegalArgumentException("the default job '" + defaultName + "' is not defined");
        }
        for (Pipelines.Problem problem : Pipelines.problems(all.values())) {
            throw new IllegalArgumentException("what comes next to job '" + problem.job() + "': " + problem.what());
        }
        byName.putAll(all);
        for (JobDefinition job : jobs) {
            followers.forEach(follower -> follower.accept(job));
        }
    }

    /**
     * Has {@code follower} told of each job that is defined from now on.
     *
     * @return those that are defined already, by name
     */
    public synchronized List<JobDefinition> follow(Consumer<JobDefinition> follower) {
        followers.add(follower);
        return defined();
    }

    /** Returns all jobs, by name. */
    public synchronized List<JobDefinition> defined() {
        return List.copyOf(byName.values());
    }

    /** Returns the name of the job that is meant where none is named. */
    String defaultName() {
        return defaultName;
    }
}
