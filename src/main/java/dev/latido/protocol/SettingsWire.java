package dev.latido.protocol;

import dev.latido.policy.RateConfig;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of {@link JobSettings}: {@code {"concurrency":8,"rateLimit":{…},"stored":true}}, each optional. Null stands
 * for what the configuration says, and the rate limit {@code "none"} for none.
 */
final class SettingsWire {

    private static final Set<String> RATE = Set.of("algorithm", "permits", "perMillis", "burst");
    private static final String NONE = "none";

    private SettingsWire() {}

    static JsonObject encode(JobSettings settings) {
        JsonObject json = new JsonObject().put("stored", settings.isStored());
        if (settings.changesConcurrency()) {
            json.put("concurrency", settings.concurrency());
        }
        if (settings.changesRate()) {
            json.put("rateLimit", settings.removesRate() ? NONE : encode(settings.rate()));
        }
        return json;
    }

    static @Nullable JsonObject encode(@Nullable RateConfig rate) {
        return rate == null
                ? null
                : new JsonObject()
                        .put("algorithm", rate.algorithm().wireName())
                        .put("permits", rate.permits())
                        .put("perMillis", rate.per().toMillis())
                        .put("burst", rate.burst());
    }

    /**
     * Reads what is to be changed.
     *
     * @throws CommandException with {@link Refusal#INVALID}, naming the field
     */
    static JobSettings decode(JsonObject json) {
        JsonFields in = new JsonFields(json, Refusal::invalid);
        in.onlyKnown(Set.of("concurrency", "rateLimit", "stored"));
        boolean changesRate = json.containsKey("rateLimit");
        boolean removesRate = NONE.equals(json.getValue("rateLimit"));
        boolean changesConcurrency = json.containsKey("concurrency");
        if (!changesRate && !changesConcurrency) {
            throw in.bad("There is nothing to change: 'concurrency' or 'rateLimit' must be given.");
        }
        Integer concurrency = json.getValue("concurrency") == null
                ? null
                : (Integer) (int) in.number("concurrency", 0, 1, JobSettings.MAX_CONCURRENCY);
        return new JobSettings(
                changesConcurrency,
                concurrency,
                changesRate,
                removesRate ? null : rate(in, json.getValue("rateLimit")),
                removesRate,
                in.bool("stored", false));
    }

    private static @Nullable RateConfig rate(JsonFields fields, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        if (!(value instanceof JsonObject json)) {
            throw fields.bad("Field 'rateLimit' must be an object, or 'none' for no limit.");
        }
        JsonFields in = fields.of(json, "rateLimit.");
        in.onlyKnown(RATE);
        int permits = (int) in.number("permits", 0, 1, RateConfig.MAX_PERMITS);
        long millis = in.number("perMillis", 1_000, RateConfig.MIN_PERIOD.toMillis(), RateConfig.MAX_PERIOD.toMillis());
        int burst = (int) in.number("burst", Math.max(1, permits), 1, RateConfig.MAX_PERMITS);
        String algorithm = in.string("algorithm");
        if (permits == 0) {
            throw in.bad("Field 'rateLimit.permits' is missing.");
        }
        return new RateConfig(
                algorithm == null
                        ? RateConfig.Algorithm.TOKEN_BUCKET
                        : RateConfig.Algorithm.ofWireName(algorithm)
                                .orElseThrow(() -> in.bad("Field 'rateLimit.algorithm' must be one of token-bucket,"
                                        + " leaky, fixed-window, sliding-window.")),
                permits,
                Duration.ofMillis(millis),
                burst);
    }

    /** Reads what a reply shows. */
    static @Nullable RateConfig decodeRate(@Nullable JsonObject json) {
        return rate(new JsonFields(new JsonObject(), Refusal::invalid), json);
    }
}
