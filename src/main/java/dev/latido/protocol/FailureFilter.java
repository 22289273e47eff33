package dev.latido.protocol;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which failed executions are meant: those that meet all that is given.
 *
 * @param error what their error contains, in whatever case; null for any
 * @param since they failed at this time or later; null for any
 * @param until they failed before this time; null for any
 */
public record FailureFilter(
        @Nullable String error,
        @Nullable Instant since,
        @Nullable Instant until) {

    /** All that failed. */
    public static final FailureFilter ANY = new FailureFilter(null, null, null);

    /** Tells whether an execution that failed so and then is meant. */
    public boolean matches(@Nullable String failedWith, Instant failedAt) {
        return (error == null || (failedWith != null && contains(failedWith, error)))
                && (since == null || !failedAt.isBefore(since))
                && (until == null || failedAt.isBefore(until));
    }

    /** Tells whether {@code text} contains {@code part}, in whatever case. */
    public static boolean contains(String text, String part) {
        for (int i = 0; i + part.length() <= text.length(); i++) {
            if (text.regionMatches(true, i, part, 0, part.length())) {
                return true;
            }
        }
        return false;
    }
}
