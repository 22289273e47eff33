package dev.latido.protocol;

import dev.latido.policy.RateConfig;
import org.jspecify.annotations.Nullable;

/**
 * What of a job is to be changed while the service runs.
 *
 * @param changesConcurrency whether {@code concurrency} is
 * @param concurrency how many executions may be in flight at once; null for what the configuration says
 * @param changesRate whether {@code rate} is
 * @param rate the rate limit; null for what the configuration says
 * @param removesRate whether there is to be no rate limit
 * @param isStored whether the change outlives the process; else a restart brings back what was stored before or, where
 *     nothing was, what the configuration says
 */
public record JobSettings(
        boolean changesConcurrency,
        @Nullable Integer concurrency,
        boolean changesRate,
        @Nullable RateConfig rate,
        boolean removesRate,
        boolean isStored) {

    /** How many executions of a job may be in flight at most, whatever it is set to. */
    public static final int MAX_CONCURRENCY = 100_000;
}
