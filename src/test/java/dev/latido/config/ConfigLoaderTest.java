package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.schedule.Interval;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {

    private final Vertx vertx = Vertx.vertx();
    private final Map<String, String> properties = new HashMap<>();

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("test.yaml");
        set("latido.config", file.toString());
    }

    @AfterEach
    void restore() {
        properties.keySet().forEach(System::clearProperty);
        vertx.close().await();
    }

    private void set(String property, String value) {
        properties.put(property, value);
        System.setProperty(property, value);
    }

    private Config load(String yaml) throws IOException, InvalidConfigException {
        Files.writeString(file, yaml);
        return ConfigLoader.load(vertx, null);
    }

    /** Else a job that somebody meant to configure is not there, and nobody says so. */
    @Test
    void whatCannotBeReadIsNotTakenForNothing() throws Exception {
        assertThat(ConfigLoader.mayBeThere(file)).isFalse();
        Files.createSymbolicLink(file, directory.resolve("nowhere.yaml"));
        assertThat(ConfigLoader.mayBeThere(file))
                .as("a link that leads nowhere")
                .isTrue();
        assertThatThrownBy(() -> ConfigLoader.load(vertx, null)).hasMessageContaining("test.yaml: cannot be read");
        assertThat(ConfigLoader.describe(null)).isEqualTo("Configuration from " + file);
    }

    @Test
    void readsTheNamedFile() throws Exception {
        Config config = load("""
                http:
                  port: 1234          # a comment
                  allowedHosts: [a.example, "*"]
                jobs:
                  heartbeat: {every: 250ms}
                """);
        assertThat(config.http().port()).isEqualTo(1234);
        assertThat(config.http().allowedHosts()).containsExactly("a.example", "*");
        assertThat(config.jobs().get(0).definition().trigger().schedule())
                .isEqualTo(new Interval(Duration.ofMillis(250)));
    }

    @Test
    void systemPropertyComesBeforeTheFile() throws Exception {
        set("latido.http.port", "4321");
        assertThat(load("http: {port: 1234}").http().port()).isEqualTo(4321);
    }

    @Test
    void systemPropertyOfAnotherNameDoesNotHideSectionOfTheFile() throws Exception {
        set("http", "something else");
        set("jobs", "something else");
        assertThat(load("http: {port: 1234}").http().port()).isEqualTo(1234);
    }

    @Test
    void settingInTheFileCannotPassForOverride() throws Exception {
        assertThatThrownBy(() -> load("LATIDO_HTTP_PORT: 1\nlatido.http.host: localhost\n"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("LATIDO_HTTP_PORT: is not a setting")
                .hasMessageContaining("latido.http.host: is not a setting");
    }

    @Test
    void emptyFileMeansTheDefaults() throws Exception {
        assertThat(load("# nothing\n").http().port()).isEqualTo(8080);
    }

    @Test
    void refusesNamedFileThatIsMissing() {
        assertThatThrownBy(() -> ConfigLoader.load(vertx, null))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("cannot be read");
    }

    @Test
    void saysWhereTheYamlIsBrokenWithoutQuotingIt() {
        assertThatThrownBy(() -> load("http:\n  apiKeys: [ \"secret-secret-secret\n  port: 1\n"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("line 2, column 14")
                .message()
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"- a\n- b\n", "just text"})
    void refusesFileThatHoldsNoSettings(String yaml) {
        assertThatThrownBy(() -> load(yaml))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("not a group of settings");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http: {port: 1}\nhttp: {host: localhost}\n",
                "http:\n  port: 1\n  port: 2\n",
                "a: !!java.net.URL [\"http://localhost\"]\n",
                "---\nhttp: {}\n---\nhttp: {}\n",
                "http:\n\tport: 1\n"
            })
    void refusesYamlThatIsAmbiguousOrUnsafe(String yaml) {
        assertThatThrownBy(() -> load(yaml))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("test.yaml: cannot be read: ");
    }
}
