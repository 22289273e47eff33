package dev.latido.protocol;

import java.util.Locale;
import java.util.Optional;

/** What a job does now, those that need attention first. A job is in the first group that fits it. */
public enum JobGroup {
    /** It works, but not as it should: the same ones that readiness names. */
    DEGRADED,
    /** It has executions that failed and can be retried. */
    FAILED,
    /** Some of its executions are with workers. */
    WORKING,
    /** It is started, and all that it has is queued or delayed. */
    WAITING,
    /** It is started and has nothing to do. */
    IDLE,
    /** It is not started. */
    STOPPED;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** Returns the name in JSON and queries. */
    public String wireName() {
        return wireName;
    }

    /** Returns the one with this name, compared exactly. */
    public static Optional<JobGroup> ofWireName(String name) {
        for (JobGroup group : values()) {
            if (group.wireName.equals(name)) {
                return Optional.of(group);
            }
        }
        return Optional.empty();
    }
}
