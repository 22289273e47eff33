package dev.latido.config;

import dev.latido.process.FileAccess;
import dev.latido.setting.EffectiveSetting;
import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Fetches the raw configuration (a YAML file, the environment, the system properties) and has it read. */
public final class ConfigLoader {

    /** Where the file is, relative to the working directory, unless told otherwise. */
    public static final String DEFAULT_FILE = "conf/latido.yaml";

    private ConfigLoader() {}

    /**
     * Loads the configuration of this process and waits for it; not to be called from an event loop. The file is the
     * one that {@code given}, the system property {@code latido.config} or the environment variable {@code LATIDO_CONFIG}
     * names, the first of them that names one, which then has to exist; else {@value #DEFAULT_FILE} if that exists.
     *
     * @param given the file that the command line names; null for none
     * @throws InvalidConfigException with everything that is wrong with it
     */
    public static Config load(Vertx vertx, @Nullable String given) throws InvalidConfigException {
        return load(vertx, given, null);
    }

    /**
     * Loads the configuration like {@link #load(Vertx, String)}.
     *
     * @param effective gets each setting as it holds, in the order of reading; of a configuration that is invalid, some of them
     */
    public static Config load(Vertx vertx, @Nullable String given, @Nullable Consumer<EffectiveSetting> effective)
            throws InvalidConfigException {
        String named = named(given);
        SettingsFile settings = named.isEmpty() && !isDefaultThere()
                ? SettingsFile.of(new JsonObject())
                : readFile(named.isEmpty() ? DEFAULT_FILE : named);
        // Apart from the file, so that no system property can take the place of one of its sections.
        JsonObject environment =
                fetch(vertx, "env", new JsonObject().put("raw-data", true)).await();
        JsonObject properties =
                fetch(vertx, "sys", new JsonObject().put("raw-data", true)).await();
        return ConfigReader.read(settings, texts(environment), texts(properties), effective);
    }

    private static String named(@Nullable String given) {
        return given != null
                ? given
                : System.getProperty("latido.config", System.getenv().getOrDefault("LATIDO_CONFIG", ""));
    }

    /** Tells whether something is where the file is by default: what is there and cannot be read is no reason to start without. */
    private static boolean isDefaultThere() {
        return mayBeThere(Path.of(DEFAULT_FILE));
    }

    /** Tells whether {@code file} is there, if only as a link that leads nowhere, or cannot be looked for. */
    static boolean mayBeThere(Path file) {
        return !Files.notExists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Says for the log which file {@link #load} reads.
     *
     * @param given the same as there
     */
    public static String describe(@Nullable String given) {
        String named = named(given);
        Path file =
                Path.of(named.isEmpty() ? DEFAULT_FILE : named).toAbsolutePath().normalize();
        return named.isEmpty() && !isDefaultThere()
                ? "No configuration file, as there is no " + file
                : "Configuration from " + file;
    }

    private static SettingsFile readFile(String file) throws InvalidConfigException {
        String yaml;
        try {
            yaml = Files.readString(Path.of(file));
        } catch (CharacterCodingException notUtf8) {
            throw new InvalidConfigException(List.of(file + ": cannot be read: it is not UTF-8"));
        } catch (IOException | InvalidPathException unreadable) {
            throw new InvalidConfigException(List.of(file + ": cannot be read: " + FileAccess.reason(unreadable)));
        }
        return SettingsFile.parse(file, yaml);
    }

    private static Future<JsonObject> fetch(Vertx vertx, String type, JsonObject config) {
        ConfigStoreOptions store = new ConfigStoreOptions().setType(type).setConfig(config);
        ConfigRetriever retriever = ConfigRetriever.create(
                vertx, new ConfigRetrieverOptions().setScanPeriod(-1).addStore(store));
        return retriever.getConfig().onComplete(ignored -> retriever.close());
    }

    private static Map<String, String> texts(JsonObject values) {
        Map<String, String> texts = new HashMap<>();
        values.forEach(entry -> texts.put(entry.getKey(), String.valueOf(entry.getValue())));
        return texts;
    }
}
