package dev.latido.core;

import dev.latido.job.Moment;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateLimit;
import dev.latido.protocol.JobSettings;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How many executions of a job may be in flight and how often they may start: as it is defined, or as was set since. */
final class LiveLimits {

    private final JobDefinition definition;
    private int concurrency;
    private @Nullable RateConfig rateConfig;

    /** Made when it is first asked for. */
    private @Nullable RateLimit rate;

    /** What was set while the service ran and is to be kept; 0 and empty where that is what the definition says. */
    private int keptConcurrency;

    private String keptRate = "";

    LiveLimits(JobDefinition definition) {
        this.definition = definition;
        this.concurrency = definition.concurrency();
        this.rateConfig = definition.throttle().rate();
    }

    /** Returns how many executions may be in flight at once, now. */
    int concurrency() {
        return concurrency;
    }

    /** Returns how often executions may start, now; null for no limit. */
    @Nullable RateConfig rateConfig() {
        return rateConfig;
    }

    /** Returns what limits how often executions may start; null for no limit. */
    @Nullable RateLimit rate(Moment now) {
        RateConfig config = rateConfig;
        if (rate == null && config != null) {
            rate = RateLimit.of(config, now.nanos());
        }
        return rate;
    }

    /** Returns the rate limit for people; null for none. */
    @Nullable String rateText() {
        return rateConfig == null ? null : RateText.forPeople(rateConfig);
    }

    /** Takes what is changed while the service runs. */
    void change(JobSettings settings) {
        if (settings.changesConcurrency()) {
            Integer wanted = settings.concurrency();
            concurrency = wanted == null ? definition.concurrency() : wanted;
            keptConcurrency = !settings.isStored() ? keptConcurrency : wanted == null ? 0 : wanted;
        }
        if (settings.changesRate()) {
            RateConfig wanted = settings.removesRate() || settings.rate() != null
                    ? settings.rate()
                    : definition.throttle().rate();
            if (!Objects.equals(rateConfig, wanted)) { // else it would begin full again
                rateConfig = wanted;
                rate = null;
            }
            boolean isDefault = settings.rate() == null && !settings.removesRate();
            keptRate = !settings.isStored() ? keptRate : isDefault ? "" : RateText.of(wanted);
        }
    }

    /** Tells whether they are others than the definition says. */
    boolean areChanged() {
        return concurrency != definition.concurrency()
                || !Objects.equals(rateConfig, definition.throttle().rate());
    }

    /** Returns the concurrency that the store is told; 0 where it is what the definition says. */
    int keptConcurrency() {
        return keptConcurrency;
    }

    /** Returns the rate limit that the store is told; empty where it is what the definition says. */
    String keptRate() {
        return keptRate;
    }

    /** Takes up what was kept. */
    void restore(int storedConcurrency, String storedRate) {
        keptConcurrency = storedConcurrency;
        keptRate = storedRate;
        if (keptConcurrency > 0) {
            concurrency = Math.min(keptConcurrency, definition.maxConcurrency());
        }
        if (!keptRate.isEmpty()) {
            rateConfig = RateText.parse(keptRate);
        }
    }
}
