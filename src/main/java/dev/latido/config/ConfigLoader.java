package dev.latido.config;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Fetches the raw configuration (a YAML file, the environment, the system properties) and has it read. */
public final class ConfigLoader {

    /** Where the file is, relative to the working directory, unless told otherwise. */
    public static final String DEFAULT_FILE = "conf/latido.yaml";

    private ConfigLoader() {}

    /**
     * Loads the configuration of this process and waits for it; not to be called from an event loop. The file is the one that the system property {@code latido.config} or
     * the environment variable {@code LATIDO_CONFIG} names, which then has to exist, else {@value #DEFAULT_FILE} if
     * that exists.
     *
     * @throws InvalidConfigException with everything that is wrong with it
     */
    public static Config load(Vertx vertx) throws InvalidConfigException {
        String named = System.getProperty("latido.config", System.getenv().getOrDefault("LATIDO_CONFIG", ""));
        String file = named.isEmpty() ? DEFAULT_FILE : named;
        boolean optional = named.isEmpty() && !vertx.fileSystem().existsBlocking(file);
        ConfigRetriever retriever = ConfigRetriever.create(
                vertx,
                new ConfigRetrieverOptions()
                        .setScanPeriod(-1)
                        .addStore(store("file", new JsonObject().put("path", file))
                                .setFormat("yaml")
                                .setOptional(optional))
                        .addStore(store(
                                "env", new JsonObject().put("raw-data", true).put("keys", ourVariables())))
                        .addStore(store("sys", new JsonObject().put("raw-data", true))));
        JsonObject merged;
        try {
            merged = retriever.getConfig().await();
        } catch (Exception failure) {
            throw new InvalidConfigException(List.of(file + ": cannot be read: " + failure.getMessage()));
        } finally {
            retriever.close();
        }
        return read(merged);
    }

    private static ConfigStoreOptions store(String type, JsonObject config) {
        return new ConfigStoreOptions().setType(type).setConfig(config);
    }

    private static JsonArray ourVariables() {
        JsonArray names = new JsonArray();
        System.getenv().keySet().stream()
                .filter(name -> name.startsWith(Overrides.ENVIRONMENT_PREFIX))
                .forEach(names::add);
        return names;
    }

    /** Takes apart again what the stores had to say: all of it comes in one object. */
    private static Config read(JsonObject merged) throws InvalidConfigException {
        Set<String> allProperties = System.getProperties().stringPropertyNames();
        JsonObject file = new JsonObject();
        Map<String, String> environment = new HashMap<>();
        Map<String, String> properties = new HashMap<>();
        merged.forEach(entry -> {
            String name = entry.getKey();
            if (name.startsWith(Overrides.ENVIRONMENT_PREFIX)) {
                environment.put(name, entry.getValue().toString());
            } else if (name.startsWith(Overrides.PROPERTY_PREFIX)) {
                properties.put(name, entry.getValue().toString());
            } else if (!allProperties.contains(name)) {
                file.put(name, entry.getValue());
            }
        });
        return ConfigReader.read(file, environment, properties);
    }
}
