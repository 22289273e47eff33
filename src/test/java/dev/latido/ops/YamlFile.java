package dev.latido.ops;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

/** Reads the YAML files under test. */
final class YamlFile {

    private YamlFile() {}

    static JsonObject read(String path) throws IOException {
        Map<String, Object> content = new Yaml().load(Files.readString(Path.of(path)));
        return new JsonObject(content);
    }
}
