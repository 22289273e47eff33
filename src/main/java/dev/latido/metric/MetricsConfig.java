package dev.latido.metric;

import dev.latido.setting.Section;
import java.util.List;
import java.util.Set;

/**
 * Which series jobs have.
 *
 * @param perJob what each job has
 * @param histograms the names of jobs that have all series all the same; at most {@value #MAX_HISTOGRAMS}
 */
public record MetricsConfig(PerJob perJob, Set<String> histograms) {

    /** How many jobs may have histograms by name. Each has 84 series then. */
    static final int MAX_HISTOGRAMS = 100;

    /** What there is by default. */
    public static final MetricsConfig DEFAULT = new MetricsConfig(PerJob.BASIC, Set.of());

    /** The series that each job has. */
    public enum PerJob {
        /** At most 20: counters and levels, each from its first use on. Histograms are over all jobs. */
        BASIC,
        /** Histograms too, and all from the start. */
        FULL
    }

    public MetricsConfig {
        histograms = Set.copyOf(histograms);
    }

    /** Reads a section. */
    public static MetricsConfig read(Section section) {
        PerJob perJob = section.choice("perJob", PerJob.BASIC, PerJob.class);
        List<String> histograms = section.strings("histograms", List.of());
        if (histograms.size() > MAX_HISTOGRAMS) {
            section.problem(
                    "histograms",
                    "must be at most " + MAX_HISTOGRAMS + " jobs, was " + histograms.size()
                            + "; 'perJob: full' has them for all");
        }
        section.end();
        return new MetricsConfig(perJob, Set.copyOf(histograms));
    }

    /** Tells whether a job has all series. */
    boolean isFull(String job) {
        return perJob == PerJob.FULL || histograms.contains(job);
    }
}
