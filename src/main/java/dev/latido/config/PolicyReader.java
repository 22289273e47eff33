package dev.latido.config;

import dev.latido.core.JobDefinition;
import dev.latido.core.JobDefinition.BreakerUse;
import dev.latido.core.JobDefinition.Throttle;
import dev.latido.core.JobDefinition.WhileOpen;
import dev.latido.job.JobName;
import dev.latido.job.RetryPolicy;
import dev.latido.json.JsonPath;
import dev.latido.policy.BreakerConfig;
import dev.latido.policy.RateConfig;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what holds up, repeats or redirects the work of a job. */
final class PolicyReader {

    /** How often an execution is tried, and with what pauses, when nothing else is said. */
    static final RetryPolicy RETRY =
            new RetryPolicy(5, RetryPolicy.Backoff.EXPONENTIAL, Duration.ofSeconds(1), Duration.ofMinutes(5), true);

    private static final Duration MILLI = Duration.ofMillis(1);

    private PolicyReader() {}

    /** Reads the breakers that jobs share, by their names, which are metric labels too. */
    static Map<String, BreakerConfig> breakers(Section root) {
        Map<String, BreakerConfig> breakers = new LinkedHashMap<>();
        root.sections("breakers").forEach((name, section) -> {
            BreakerConfig breaker = breaker(section);
            section.end();
            if (JobName.isValid(name)) {
                breakers.put(name, breaker);
            } else {
                root.problem("breakers." + name, "a breaker's name must be " + JobName.RULE);
            }
        });
        return breakers;
    }

    static RetryPolicy retry(Section section) {
        int attempts = section.integer("attempts", RETRY.attempts(), 1, RetryPolicy.MAX_ATTEMPTS);
        RetryPolicy.Backoff backoff = section.choice("backoff", RETRY.backoff(), RetryPolicy.Backoff.class);
        Duration delay = section.duration("delay", RETRY.delay(), Duration.ZERO, RetryPolicy.MAX_PAUSE);
        Duration maxDelay = section.duration("maxDelay", RETRY.maxDelay(), Duration.ZERO, RetryPolicy.MAX_PAUSE);
        boolean jitter = section.bool("jitter", RETRY.jitter());
        section.end();
        if (maxDelay.compareTo(delay) < 0 && backoff == RetryPolicy.Backoff.EXPONENTIAL) {
            section.problem("maxDelay", "must not be less than delay");
        }
        return new RetryPolicy(attempts, backoff, delay, delay.compareTo(maxDelay) > 0 ? delay : maxDelay, jitter);
    }

    static Throttle throttle(Section section) {
        RateConfig rate = rate(section.section("rateLimit"));
        String key = section.optional("key");
        RateConfig rateByKey = rate(section.section("rateLimitByKey"));
        int concurrencyByKey = section.integer("concurrencyByKey", 0, 0, JobDefinition.MAX_CONCURRENCY);
        boolean isByKey = rateByKey != null || concurrencyByKey > 0;
        if (isByKey && key.isEmpty()) {
            section.problem("key", "must say where in the payload the key is, such as /customer/id");
        } else if (!isByKey && !key.isEmpty()) {
            section.problem("key", "goes with rateLimitByKey or concurrencyByKey, and neither is set");
        } else if (isByKey && isPointer(section, key)) {
            return new Throttle(rate, key, rateByKey, concurrencyByKey);
        }
        return new Throttle(rate, null, null, 0);
    }

    private static boolean isPointer(Section section, String key) {
        try {
            JsonPath.of(key);
            return true;
        } catch (IllegalArgumentException e) {
            section.problem("key", "must be a JSON pointer such as /customer/id, was '" + key + "'");
            return false;
        }
    }

    private static @Nullable RateConfig rate(Section section) {
        int permits = section.integer("permits", 0, 0, RateConfig.MAX_PERMITS);
        Duration per = section.duration("per", Duration.ofSeconds(1), RateConfig.MIN_PERIOD, RateConfig.MAX_PERIOD);
        RateConfig.Algorithm algorithm =
                section.choice("algorithm", RateConfig.Algorithm.TOKEN_BUCKET, RateConfig.Algorithm.class);
        int burst = section.integer("burst", 0, 0, RateConfig.MAX_PERMITS);
        section.end();
        if (burst > 0 && algorithm != RateConfig.Algorithm.TOKEN_BUCKET) {
            section.problem("burst", "goes with the algorithm token-bucket only");
        }
        return permits == 0 ? null : new RateConfig(algorithm, permits, per, burst == 0 ? permits : burst);
    }

    /**
     * Reads the breaker of one job.
     *
     * @param shared those that jobs share
     */
    static @Nullable BreakerUse breaker(
            String job, Section section, Map<String, BreakerConfig> shared, boolean hasFallback) {
        boolean isEnabled = section.bool("enabled", false);
        String name = section.optional("shared");
        WhileOpen whileOpen = section.choice("whileOpen", WhileOpen.WAIT, WhileOpen.class);
        BreakerConfig own = breaker(section);
        section.end();
        if (!isEnabled) {
            return null;
        }
        boolean lacksFallback = whileOpen == WhileOpen.FALLBACK && !hasFallback;
        if (lacksFallback) {
            section.problem("whileOpen", "is fallback, and the job has no fallback");
        }
        BreakerConfig config = name.isEmpty() ? own : shared.get(name);
        if (config == null) {
            section.problem("shared", "there is no '" + name + "' under breakers");
        }
        return lacksFallback || config == null ? null : new BreakerUse(name.isEmpty() ? job : name, config, whileOpen);
    }

    private static BreakerConfig breaker(Section section) {
        BreakerConfig absent = BreakerConfig.DEFAULT;
        int window = section.integer("window", absent.window(), 1, 10_000);
        int minimumCalls = section.integer("minimumCalls", Math.min(window, absent.minimumCalls()), 1, 10_000);
        if (minimumCalls > window) {
            section.problem("minimumCalls", "must not be more than window");
        }
        return new BreakerConfig(
                window,
                Math.min(window, minimumCalls),
                section.integer("failureRate", absent.failureRate(), 1, 100),
                section.integer("slowRate", absent.slowRate(), 1, 100),
                section.duration("slowCall", absent.slowCall(), MILLI, Duration.ofDays(1)),
                section.duration("openFor", absent.openFor(), MILLI, Duration.ofDays(1)),
                section.integer("probes", absent.probes(), 1, 1_000));
    }
}
