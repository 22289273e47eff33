package dev.latido.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How much each part of the process writes into the log. May be used from any thread; blocks nobody. */
public interface LogLevels {

    /** Returns the levels that are set, in lower case, by the names of the loggers; {@code root} holds for all others. */
    Map<String, String> levels();

    /**
     * Sets levels until the process ends.
     *
     * @param levels by the names of loggers; null has one follow the logger above it again
     * @throws IllegalArgumentException when one of them cannot be set; then none is
     */
    void set(Map<String, @Nullable String> levels);
}
