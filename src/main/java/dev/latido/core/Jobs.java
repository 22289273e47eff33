package dev.latido.core;

import java.util.Collection;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All jobs, by name: those of the {@link JobRegistry}, and those that only the store knows, found while it takes up what is
 * stored.
 */
final class Jobs {

    private final String defaultName;
    private final NavigableMap<String, JobState> byName = new TreeMap<>();

    /**
     * Makes an empty set.
     *
     * @param defaultName the job that is meant where none is named
     */
    Jobs(String defaultName) {
        this.defaultName = defaultName;
    }

    void add(JobState job) {
        byName.put(job.name(), job);
    }

    boolean isDefined(String name) {
        return byName.containsKey(name);
    }

    /** Returns the job of this name, if work may be given to it; else null. */
    @Nullable JobState findDefined(String name) {
        JobState job = byName.get(name);
        return job == null || job.isUndefined() ? null : job;
    }

    /** Returns the job of this name, which may be one that is not defined any more; null when there is none. */
    @Nullable JobState find(String name) {
        return byName.get(name);
    }

    /** Returns the job that is meant by {@code named}, null for the default job. There may be no such job. */
    String nameOf(@Nullable String named) {
        return named == null ? defaultName : named;
    }

    /** Returns all jobs in the order of their names. */
    Collection<JobState> all() {
        return byName.values();
    }

    /** Returns those whose names come after {@code name}, in that order; all for null. */
    Collection<JobState> after(@Nullable String name) {
        return name == null ? all() : byName.tailMap(name, false).values();
    }
}
