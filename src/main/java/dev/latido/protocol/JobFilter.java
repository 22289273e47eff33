package dev.latido.protocol;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs are meant: those that meet both.
 *
 * @param name what their names contain, compared exactly; null for any
 * @param only how they stand
 */
public record JobFilter(@Nullable String name, Only only) {

    /** Every job. */
    public static final JobFilter ALL = new JobFilter(null, Only.ANY);

    /** How a job stands. */
    public enum Only {
        /** However it does. */
        ANY,
        /** It is started. */
        RUNNING,
        /** It is not. */
        STOPPED,
        /** It works, but not as it should: the same ones that readiness names. */
        DEGRADED,
        /** It has executions that failed and were not retried. */
        FAILED;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        /** Returns the name in JSON and queries. */
        public String wireName() {
            return wireName;
        }

        /** Returns the one with this name, compared exactly. */
        public static Optional<Only> ofWireName(String name) {
            for (Only only : values()) {
                if (only.wireName.equals(name)) {
                    return Optional.of(only);
                }
            }
            return Optional.empty();
        }
    }
}
