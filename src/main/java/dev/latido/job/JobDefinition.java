package dev.latido.job;

import java.time.Duration;

/**
 * What the configuration says of one job.
 *
 * @param name its name, valid by {@link JobName#RULE}
 * @param every the interval of its timer, from 1 ms to 366 days; the first run is at once on start
 * @param autoStart whether the job is started when the service starts
 * @param worker the name of the worker that performs its runs
 */
public record JobDefinition(String name, Duration every, boolean autoStart, String worker) {

    public static final Duration MIN_INTERVAL = Duration.ofMillis(1);
    public static final Duration MAX_INTERVAL = Duration.ofDays(366);

    public JobDefinition {
        if (!JobName.isValid(name)) {
            throw new IllegalArgumentException("job name must be " + JobName.RULE + ", was '" + name + "'");
        }
        if (every.compareTo(MIN_INTERVAL) < 0 || every.compareTo(MAX_INTERVAL) > 0) {
            throw new IllegalArgumentException(
                    "interval must be " + MIN_INTERVAL + " to " + MAX_INTERVAL + ", was " + every);
        }
    }
}
