package dev.latido;

import dev.latido.config.Config;
import dev.latido.config.ConfigReader;
import dev.latido.config.InvalidConfigException;
import dev.latido.owner.Endings;
import dev.latido.owner.OwnerFault;
import dev.latido.store.StoreException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

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
        return start(file, Service::store, settings);
    }

    /** Starts a service like {@link #start(JsonObject, String...)} with a store that {@code stores} makes. */
    static Service start(JsonObject file, Service.Stores stores, String... settings) {
        return Service.start(
                config(file, settings),
                BlockedThreadGuard.strict(),
                stores,
                new Endings(Services::broken, Services::broken, Services::faulted));
    }

    private static void faulted(OwnerFault fault) {
        throw new AssertionError("the owner failed", fault);
    }

    private static void broken(StoreException failure) {
        throw new AssertionError("the store broke", failure);
    }

    /** Reads the defaults, but for the settings given, a free port, and a directory of its own that is deleted at the end. */
    public static Config config(String... settings) {
        return config(new JsonObject(), settings);
    }

    /** Makes a directory that is deleted when this JVM ends. */
    public static Path directory() {
        try {
            Path directory = Files.createTempDirectory("latido");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the configuration {@code file}, but for the settings given and for a free port. */
    public static Config config(JsonObject file, String... settings) {
        Map<String, String> properties = new HashMap<>();
        properties.put("latido.http.port", "0");
        properties.put("latido.store.directory", directory().toString());
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
