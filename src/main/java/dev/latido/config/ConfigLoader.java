package dev.latido.config;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Fetches the raw configuration (a YAML file, the environment, the system properties) and has it read. */
public final class ConfigLoader {

    /** Where the file is, relative to the working directory, unless told otherwise. */
    public static final String DEFAULT_FILE = "conf/latido.yaml";

    private static final String QUOTED_LINE = "    ";

    private ConfigLoader() {}

    /**
     * Loads the configuration of this process and waits for it; not to be called from an event loop. The file is the
     * one that the system property {@code latido.config} or the environment variable {@code LATIDO_CONFIG} names,
     * which then has to exist, else {@value #DEFAULT_FILE} if that exists.
     *
     * @throws InvalidConfigException with everything that is wrong with it
     */
    public static Config load(Vertx vertx) throws InvalidConfigException {
        String named = System.getProperty("latido.config", System.getenv().getOrDefault("LATIDO_CONFIG", ""));
        String file = named.isEmpty() ? DEFAULT_FILE : named;
        JsonObject settings =
                named.isEmpty() && !vertx.fileSystem().existsBlocking(file) ? new JsonObject() : readFile(vertx, file);
        // Apart from the file, so that no system property can take the place of one of its sections.
        JsonObject environment =
                fetch(vertx, "env", new JsonObject().put("raw-data", true)).await();
        JsonObject properties =
                fetch(vertx, "sys", new JsonObject().put("raw-data", true)).await();
        return ConfigReader.read(settings, texts(environment), texts(properties));
    }

    private static JsonObject readFile(Vertx vertx, String file) throws InvalidConfigException {
        try {
            String yaml = vertx.fileSystem().readFileBlocking(file).toString();
            return holdsNothing(yaml)
                    ? new JsonObject()
                    : fetch(vertx, "file", new JsonObject().put("path", file)).await();
        } catch (Exception failure) {
            throw new InvalidConfigException(List.of(file + ": cannot be read: " + reason(failure)));
        }
    }

    /**
     * Looks at what the YAML store is too lenient or not prepared for: of two sections with one name it takes the last
     * and forgets the first, with the keys in it; and it fails on a file of comments.
     */
    private static boolean holdsNothing(String yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        return new Yaml(new SafeConstructor(options)).load(yaml) == null;
    }

    private static Future<JsonObject> fetch(Vertx vertx, String type, JsonObject config) {
        ConfigStoreOptions store = new ConfigStoreOptions().setType(type).setConfig(config);
        if (type.equals("file")) {
            store.setFormat("yaml");
        }
        ConfigRetriever retriever = ConfigRetriever.create(
                vertx, new ConfigRetrieverOptions().setScanPeriod(-1).addStore(store));
        return retriever.getConfig().onComplete(ignored -> retriever.close());
    }

    /** Says what is wrong and where, without the lines that the YAML parser quotes: there may be a key in them. */
    private static String reason(Exception failure) {
        if (failure instanceof DecodeException) {
            return "it is not a group of settings";
        }
        return String.valueOf(failure.getMessage())
                .lines()
                .filter(line -> !line.startsWith(QUOTED_LINE))
                .map(line -> line.strip().replace("in 'string', ", "in "))
                .collect(Collectors.joining(" "));
    }

    private static Map<String, String> texts(JsonObject values) {
        Map<String, String> texts = new HashMap<>();
        values.forEach(entry -> texts.put(entry.getKey(), String.valueOf(entry.getValue())));
        return texts;
    }
}
