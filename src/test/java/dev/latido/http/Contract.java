package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.vertx.core.Vertx;
import io.vertx.core.internal.net.RFC3986;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.OpenAPIVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;

/**
 * The contract that the service publishes, {@code openapi.yaml}. The tests' HTTP clients hand over every answer that they
 * read, and one that is not documented exactly so fails its test: status, content type, header fields, and each field of
 * the body.
 *
 * <p>vertx-openapi checks that it is OpenAPI 3.1. Its own response validator knows JSON only, and no streams, pages or
 * problems; so the answers are checked here, with the schemas that it resolved.
 */
public final class Contract {

    private static final Contract SHIPPED = new Contract();

    /** What in the contract holds for each line or message of a text, which OpenAPI 3.1 has no words for. */
    private static final Map<String, String> MESSAGES = Map.of(
            "snapshot", "SnapshotMessage",
            "jobs", "JobsMessage",
            "service", "ServiceMessage",
            "gap", "GapMessage",
            "end", "EndMessage");

    private final JsonObject whole;
    private final JsonObject resolved;
    private final SchemaRepository schemas;
    private final List<Operation> operations = new ArrayList<>();
    private final Response anyRequest;
    private final Response otherVersion;
    private final Map<String, Validator> named = new HashMap<>();

    private record Header(boolean isRequired, boolean isNumber, Validator value) {}

    /** What can be answered; {@code content} holds null for what is not JSON, by media type. */
    private record Response(
            Map<String, Header> headers, Map<String, @Nullable Validator> content, Map<String, Object> examples) {}

    private record Operation(String method, String path, Pattern pattern, Map<String, Response> responses) {}

    private Contract() {
        Vertx vertx = Vertx.vertx();
        try (InputStream in = Objects.requireNonNull(Contract.class.getResourceAsStream("/openapi.yaml"))) {
            Map<String, Object> yaml = new Yaml().load(in);
            whole = new JsonObject(yaml);
            OpenAPIVersion version = OpenAPIVersion.V3_1;
            schemas = version.getRepository(vertx, "app://").await();
            JsonObject copy = whole.copy(); // which resolving fills with notes of its own
            OutputUnit valid = version.validateContract(vertx, schemas, copy).await();
            assertThat(valid.getValid())
                    .as(() -> "openapi.yaml: " + valid.toJson())
                    .isTrue();
            resolved = version.resolve(vertx, schemas, copy).await();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            vertx.close().await();
        }
        JsonObject paths = resolved.getJsonObject("paths");
        for (String path : whole.getJsonObject("paths").fieldNames()) {
            Pattern pattern = Pattern.compile(path.replaceAll("\\{\\w+}", "[^/]+"));
            for (String method :
                    whole.getJsonObject("paths").getJsonObject(path).fieldNames()) {
                JsonObject responses =
                        paths.getJsonObject(path).getJsonObject(method).getJsonObject("responses");
                Map<String, Response> read = new HashMap<>();
                names(responses).forEach(status -> read.put(status, response(responses.getJsonObject(status))));
                operations.add(new Operation(method.toUpperCase(Locale.ROOT), path, pattern, read));
            }
        }
        JsonObject components = resolved.getJsonObject("components");
        anyRequest = response(components.getJsonObject("responses").getJsonObject("AnyRequest"));
        otherVersion = response(components.getJsonObject("responses").getJsonObject("OtherVersion"));
        JsonObject all = components.getJsonObject("schemas");
        names(all).forEach(name -> named.put(name, validator(all.getJsonObject(name))));
    }

    /** Returns the names of fields, without those that resolving adds. */
    private static List<String> names(JsonObject json) {
        return json.fieldNames().stream()
                .filter(name -> !name.startsWith("__") && !name.equals("$ref"))
                .toList();
    }

    private static Object withoutNotes(Object json) {
        if (json instanceof JsonArray array) {
            return new JsonArray(array.stream().map(Contract::withoutNotes).toList());
        } else if (json instanceof JsonObject object) {
            JsonObject rest = new JsonObject();
            names(object).forEach(name -> rest.put(name, withoutNotes(object.getValue(name))));
            return rest;
        }
        return json;
    }

    private Response response(JsonObject json) {
        Map<String, Header> headers = new LinkedHashMap<>();
        JsonObject declared = json.getJsonObject("headers", new JsonObject());
        for (String name : names(declared)) {
            JsonObject header = declared.getJsonObject(name);
            JsonObject schema = header.getJsonObject("schema");
            headers.put(
                    name,
                    new Header(
                            header.getBoolean("required", false),
                            "integer".equals(schema.getValue("type")),
                            validator(schema)));
        }
        Map<String, @Nullable Validator> content = new LinkedHashMap<>();
        Map<String, Object> examples = new LinkedHashMap<>();
        JsonObject types = json.getJsonObject("content", new JsonObject());
        for (String type : names(types)) {
            content.put(
                    type,
                    type.endsWith("json") && !type.endsWith("ndjson")
                            ? validator(types.getJsonObject(type).getJsonObject("schema"))
                            : null);
            if (types.getJsonObject(type).containsKey("example")) {
                examples.put(type, withoutNotes(types.getJsonObject(type).getValue("example")));
            }
        }
        return new Response(headers, content, examples);
    }

    private Validator validator(JsonObject schema) {
        return schemas.validator(JsonSchema.of(schema));
    }

    /** Returns the contract as it stands in the file. */
    static JsonObject file() {
        return SHIPPED.whole;
    }

    /** Returns the methods and paths of all operations, such as {@code "GET /api/jobs/{job}"}. */
    static List<String> operations() {
        return SHIPPED.operations.stream()
                .map(operation -> operation.method + " " + operation.path)
                .toList();
    }

    /** Checks {@code value} against the schema {@code name}. */
    static void check(String name, @Nullable Object value) {
        check(name, Objects.requireNonNull(SHIPPED.named.get(name), name), value);
    }

    private static void check(String what, Validator schema, @Nullable Object value) {
        OutputUnit result = schema.validate(value);
        if (!Boolean.TRUE.equals(result.getValid())) {
            fail(
                    "%s is not as openapi.yaml says: %s%n%s",
                    what, Json.encode(value), result.toJson().encodePrettily());
        }
    }

    /** Checks all examples of answers, and returns how many there are. */
    static int checkExamples() {
        int examples = 0;
        for (Operation operation : SHIPPED.operations) {
            for (Map.Entry<String, Response> response : operation.responses.entrySet()) {
                String what = "the example at " + operation.method + " " + operation.path + " " + response.getKey();
                for (Map.Entry<String, Object> example :
                        response.getValue().examples.entrySet()) {
                    Validator schema = response.getValue().content.get(example.getKey());
                    if (schema != null) {
                        check(what, schema, example.getValue());
                        examples++;
                    }
                }
            }
        }
        return examples;
    }

    /** Checks a message of the event stream. */
    public static void checkMessage(String event, JsonObject data) {
        check(MESSAGES.getOrDefault(event, "Event"), data);
        if (!MESSAGES.containsKey(event)) {
            assertThat(data.getString("type")).isEqualTo(event);
        }
    }

    /** Checks an answer, and returns it. */
    public static HttpResponse<String> checked(HttpResponse<String> answer) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(answer.headers().map());
        check(
                answer.request().method(),
                answer.request().uri().getRawPath(),
                answer.statusCode(),
                headers,
                answer.body());
        return answer;
    }

    /**
     * Checks an answer.
     *
     * @param method of the request; empty where the request was none that can be understood
     * @param target of the request
     * @param headers by names of which the case is ignored
     * @param body null where it is not known
     */
    static void check(
            String method, String target, int status, Map<String, List<String>> headers, @Nullable String body) {
        String path = pathOf(target);
        if (path.startsWith("/dashboard/") || path.startsWith("/docs/")) {
            return; // parts of pages are not in the contract
        }
        String what = "the answer " + status + " to " + method + " " + target;
        Response response = SHIPPED.find(what, method.equals("HEAD") ? "GET" : method, path, status);
        response.headers.forEach((name, header) -> checkHeader(what, name, header, headers.get(name)));
        if (status != 304 && !response.content.isEmpty()) {
            String type =
                    headers.getOrDefault("Content-Type", List.of("")).get(0).split(";", 2)[0];
            assertThat(response.content).as("content types of " + what).containsKey(type);
            if (body != null && !method.equals("HEAD")) {
                checkBody(what, status, type, response.content.get(type), body);
            }
        } else if (body != null) {
            assertThat(body).as("body of " + what).isEmpty();
        }
    }

    private static void checkHeader(String what, String name, Header header, @Nullable List<String> values) {
        if (values == null) {
            assertThat(header.isRequired).as("%s lacks %s", what, name).isFalse();
        } else {
            String value = values.get(0);
            check(name + " of " + what, header.value, header.isNumber ? (Object) Integer.valueOf(value) : value);
        }
    }

    private static void checkBody(String what, int status, String type, @Nullable Validator schema, String body) {
        if (type.equals("application/x-ndjson")) {
            body.lines().forEach(line -> check("BatchAnswer", Json.decodeValue(line)));
        } else if (schema != null) {
            check(what, schema, Json.decodeValue(body));
            if (type.equals("application/problem+json")) {
                assertThat(new JsonObject(body).getInteger("status")).as(what).isEqualTo(status);
            }
        }
    }

    private Response find(String what, String method, String path, int status) {
        for (Operation operation : operations) {
            if (operation.method.equals(method)
                    && operation.pattern.matcher(path).matches()) {
                Response response =
                        operation.responses.getOrDefault(String.valueOf(status), operation.responses.get("default"));
                return Objects.requireNonNull(response, "openapi.yaml lacks " + what);
            }
        }
        return method.isEmpty() && status == 501 ? otherVersion : anyRequest;
    }

    /** Returns the path of a target, which may be in absolute form, as the service looks it up. */
    private static String pathOf(String target) {
        String path = target.replaceFirst("(?i)^http://[^/?]*", "").replaceFirst("\\?.*$", "");
        boolean isWellFormed = !path.matches(".*%(?![0-9a-fA-F]{2}).*");
        String plain = isWellFormed ? RFC3986.normalizePath(path) : path;
        return plain.length() > 1 ? plain.replaceFirst("/$", "").toLowerCase(Locale.ROOT) : "/";
    }
}
