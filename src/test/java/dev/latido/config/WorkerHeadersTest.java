package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.setting.PrefixedSecret;
import dev.latido.setting.Secret;
import dev.latido.worker.HttpHeader;
import dev.latido.worker.WorkerConfig;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Header fields of HTTP workers, as the configuration has them. */
class WorkerHeadersTest {

    private static final String MARKER = "marker-hunter2";

    @TempDir
    Path directory;

    private static JsonObject file(JsonObject headers) {
        JsonObject worker =
                new JsonObject().put("type", "http").put("url", "http://h").put("headers", headers);
        return new JsonObject().put("jobs", new JsonObject().put("a", new JsonObject().put("worker", worker)));
    }

    private static List<HttpHeader> read(JsonObject headers, Map<String, String> environment) throws Exception {
        Config config = ConfigReader.read(file(headers), environment, Map.of());
        assertThat(config.toString()).doesNotContain(MARKER);
        return ((WorkerConfig.Http) config.jobs().get(0).worker()).headers();
    }

    private static List<String> problems(JsonObject headers) {
        try {
            return List.of("no problem but " + ConfigReader.read(file(headers), Map.of(), Map.of()));
        } catch (InvalidConfigException invalid) {
            return invalid.problems();
        }
    }

    private static List<String> texts(List<HttpHeader> headers) throws Exception {
        List<String> texts = new ArrayList<>();
        for (HttpHeader header : headers) {
            texts.add(header.name() + ": " + header.value().read());
        }
        return texts;
    }

    @Test
    void areTextsOrInFilesWithAPrefix() throws Exception {
        Path token = Files.writeString(directory.resolve("token"), MARKER + "\n");
        JsonObject headers = new JsonObject()
                .put(
                        "Authorization",
                        new JsonObject().put("file", token.toString()).put("prefix", "Bearer "))
                .put("X-Key", new JsonObject().put("file", token.toString()))
                .put("X-Team", "shop \t floor");
        List<HttpHeader> read = read(headers, Map.of());
        assertThat(read.get(0))
                .isEqualTo(new HttpHeader("Authorization", new PrefixedSecret("Bearer ", Secret.in(token))));
        assertThat(texts(read))
                .containsExactly("Authorization: Bearer " + MARKER, "X-Key: " + MARKER, "X-Team: shop \t floor");
        Path other = Files.writeString(directory.resolve("other"), "2");
        assertThat(texts(read(
                        headers,
                        Map.of(
                                "LATIDO_JOBS_A_WORKER_HEADERS_AUTHORIZATION_FILE",
                                other.toString(),
                                "LATIDO_JOBS_A_WORKER_HEADERS_X_TEAM",
                                MARKER))))
                .containsExactly("Authorization: Bearer 2", "X-Key: " + MARKER, "X-Team: " + MARKER);
        assertThat(read(new JsonObject(), Map.of())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type",
                "content-length",
                "HOST",
                "Idempotency-Key",
                "traceparent",
                "tracestate",
                "baggage",
                "User-Agent",
                "Transfer-Encoding",
                "Connection",
                "TE",
                "Trailer",
                "Upgrade",
                "Expect",
                "Keep-Alive",
                "Accept-Encoding",
                "Content-Encoding",
                "Latido-Job",
                "latido-anything",
            })
    void thoseOfTheServiceItselfAreRefused(String name) {
        assertThat(problems(new JsonObject().put(name, "x")))
                .containsExactly("jobs.a.worker.headers." + name
                        + ": cannot be set: the service itself says what this header field is");
    }

    @ParameterizedTest
    @ValueSource(strings = {"X Team", "X:Team", "", "X-Team\r\nX-Other", "Ü", "(x)", "X\u0000"})
    void whatIsNoNameIsRefused(String name) {
        assertThat(problems(new JsonObject().put(name, "x")))
                .singleElement()
                .asString()
                .startsWith("jobs.a.worker.headers." + name + ": is not the name of a header field");
    }

    /** A line end would begin a header field, or a request, of somebody else's. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                MARKER + "\r\nX-Other: 1",
                MARKER + "\n",
                " " + MARKER,
                MARKER + "\t",
                MARKER + "\u0000",
                MARKER + "ü",
                "\u007f"
            })
    void whatIsNoValueIsRefusedAndNotShown(String value) throws Exception {
        assertThat(problems(new JsonObject().put("X-Key", value)))
                .singleElement()
                .asString()
                .startsWith("jobs.a.worker.headers.X-Key: must be 1 to 4096 characters of ASCII")
                .doesNotContain(MARKER);
        if (!value.endsWith("\n")) { // which is no part of a secret
            Path file = Files.writeString(directory.resolve("key"), value);
            assertThat(problems(new JsonObject().put("X-Key", new JsonObject().put("file", file.toString()))))
                    .singleElement()
                    .asString()
                    .startsWith("jobs.a.worker.headers.X-Key.file: what is in it, with the prefix, must be")
                    .doesNotContain(MARKER);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'X': ''}                              | X: must be a text that is not blank, or {file",
                "{'X': [1]}                             | X: must be a text that is not blank, or {file",
                "{'X': {}}                              | X.file: must be the path of the file",
                "{'X': {'prefix': 'Bearer '}}           | X.file: must be the path of the file",
                "{'X': {'file': '/does/not/exist'}}     | X.file: cannot be used: /does/not/exist: no such file",
                "{'X-A': 'a', 'x-a': 'b'}               | x-a: is the same header field as 'X-A'",
            })
    void whatIsWrongIsToldWithItsPlace(String headers, String problem) {
        assertThat(problems(new JsonObject(headers.replace('\'', '"'))))
                .singleElement()
                .asString()
                .startsWith("jobs.a.worker.headers." + problem);
    }

    @Test
    void theirNumberAndLengthAreBounded() throws Exception {
        JsonObject many = new JsonObject();
        for (int i = 0; i < 32; i++) {
            many.put("X-" + i, "x".repeat(4_096));
        }
        assertThat(read(many, Map.of())).hasSize(32);
        assertThat(problems(many.put("X-32", "x")))
                .containsExactly("jobs.a.worker.headers.X-32: is one too many: a worker may have 32");
        assertThat(problems(new JsonObject().put("X", "x".repeat(4_097)))).hasSize(1);
    }

    @Test
    void onlyHttpWorkersHaveThem() {
        JsonObject job = new JsonObject()
                .put("worker", new JsonObject().put("type", "log").put("headers", new JsonObject().put("X", "1")));
        try {
            ConfigReader.read(new JsonObject().put("jobs", new JsonObject().put("a", job)), Map.of(), Map.of());
            throw new AssertionError("they were taken");
        } catch (InvalidConfigException invalid) {
            assertThat(invalid).hasMessageContaining("jobs.a.worker.headers: is not a setting");
        }
    }
}
