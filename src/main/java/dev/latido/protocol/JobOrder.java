package dev.latido.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A page of jobs in some order. What is on it is so at the moment of the answer: pages that are read one after the other may
 * have a job twice, or not at all.
 *
 * @param sort by what; jobs that are even are in the order of their names
 * @param page which page, from 1
 * @param groups the groups to list, one after the other, which may be none; null for all jobs without groups
 */
public record JobOrder(Sort sort, int page, @Nullable Set<JobGroup> groups) {

    /** How far pages are counted. */
    public static final int MAX_PAGE = 1_000_000;

    public JobOrder {
        groups = groups == null ? null : Set.copyOf(groups);
    }

    void write(JsonObject json) {
        json.put("sort", sort.wireName()).put("page", page);
        if (groups != null) {
            json.put(
                    "groups",
                    new JsonArray(groups.stream().map(JobGroup::wireName).toList()));
        }
    }

    /** Reads the order that a command names, if it names any. */
    static @Nullable JobOrder read(JsonFields in) {
        if (!in.has("sort") && !in.has("page") && !in.has("groups")) {
            return null;
        }
        if (in.has("cursor")) {
            throw in.bad("Field 'cursor' does not go together with 'sort', 'page' or 'groups'.");
        }
        Sort sort = Sort.NAME;
        if (in.has("sort")) {
            sort = Sort.ofWireName(in.required("sort"))
                    .orElseThrow(() -> in.bad("Field 'sort' must be one of name, depth, failures, age."));
        }
        int page = (int) in.number("page", 1, 1, MAX_PAGE);
        return new JobOrder(sort, page, in.has("groups") ? groups(in) : null);
    }

    private static Set<JobGroup> groups(JsonFields in) {
        Set<JobGroup> groups = EnumSet.noneOf(JobGroup.class);
        for (String name : in.strings("groups", JobGroup.values().length)) {
            groups.add(JobGroup.ofWireName(name)
                    .orElseThrow(() -> in.bad("Field 'groups' must hold nothing but degraded, failed, working, waiting,"
                            + " idle and stopped.")));
        }
        return groups;
    }

    /** By what jobs are sorted. */
    public enum Sort {
        /** By their names. */
        NAME,
        /** By how many executions are queued or delayed, the most first. */
        DEPTH,
        /** By how many failed and can be retried, the most first. */
        FAILURES,
        /** By how long what is due has waited to be begun, the longest first; those in which nothing waits come last. */
        AGE;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        /** Returns the name in JSON and queries. */
        public String wireName() {
            return wireName;
        }

        /** Returns the one with this name, compared exactly. */
        public static Optional<Sort> ofWireName(String name) {
            for (Sort sort : values()) {
                if (sort.wireName.equals(name)) {
                    return Optional.of(sort);
                }
            }
            return Optional.empty();
        }
    }
}
