package dev.latido.core;

import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Rate limits as text: for people, and for the store. */
final class RateText {

    private static final String NONE = "none";

    private RateText() {}

    static String forPeople(RateConfig config) {
        String burst = config.algorithm() == Algorithm.TOKEN_BUCKET ? ", burst " + config.burst() : "";
        return config.permits() + " per " + config.per().toMillis() + " ms ("
                + config.algorithm().wireName() + burst + ")";
    }

    static String of(@Nullable RateConfig config) {
        return config == null
                ? NONE
                : config.algorithm().wireName() + " " + config.permits() + " "
                        + config.per().toMillis() + " " + config.burst();
    }

    /** Reads what {@link #of} wrote. */
    static @Nullable RateConfig parse(String text) {
        if (text.equals(NONE)) {
            return null;
        }
        String[] parts = text.split(" ", -1);
        return new RateConfig(
                Algorithm.ofWireName(parts[0])
                        .orElseThrow(() -> new IllegalArgumentException("no rate limit: " + text)),
                Integer.parseInt(parts[1]),
                Duration.ofMillis(Long.parseLong(parts[2])),
                Integer.parseInt(parts[3]));
    }
}
