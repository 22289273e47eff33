package dev.latido;

import dev.latido.config.Config;
import dev.latido.config.ConfigReader;
import dev.latido.config.InvalidConfigException;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/** Starts services for tests: on a free port, with the blocked-thread checker strict. */
public final class Services {

    private Services() {}

    /**
     * Starts a service whose settings are the defaults, but for those given.
     *
     * @param settings paths and values in turn, such as {@code "jobs.heartbeat.every", "50ms"}
     */
    public static Service start(String... settings) {
        return start(new JsonObject(), settings);
    }

    /**
     * Starts a service with the configuration {@code file}, but for the settings given.
     *
     * @param file what stands in the file, such as {@code {"jobs": {"email": {}}}}
     */
    public static Service start(JsonObject file, String... settings) {
        return Service.start(config(file, settings), BlockedThreadGuard.strict());
    }

    /** Reads the defaults, but for the settings given and for a free port. */
    public static Config config(String... settings) {
        return config(new JsonObject(), settings);
    }

    /** Reads the configuration {@code file}, but for the settings given and for a free port. */
    public static Config config(JsonObject file, String... settings) {
        Map<String, String> properties = new HashMap<>();
        properties.put("latido.http.port", "0");
        for (int i = 0; i < settings.length; i += 2) {
            properties.put("latido." + settings[i], settings[i + 1]);
        }
        try {
            return ConfigReader.read(file.copy(), Map.of(), properties);
        } catch (InvalidConfigException invalid) {
            throw new IllegalArgumentException(invalid);
        }
    }
}
