package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.event.EventSamples;
import dev.latido.event.EventWire;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That the contract is what the service does; answers are compared with it wherever tests read any. */
class ContractTest {

    private static final String PROBLEM =
            "{\"type\":\"urn:latido:problem:%s\",\"title\":\"t\",\"status\":%d,\"detail\":\"d.\"}";

    private final WorkingService service = new WorkingService("{'a': {}}", "defaultJob", "a");

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void documentsEveryRouteAndNoOther() {
        Set<String> routed = new TreeSet<>();
        for (Route route : service.http().routed()) {
            Set<HttpMethod> methods = route.methods() == null ? Set.of() : route.methods();
            String path = route.getPath();
            for (HttpMethod method : methods) {
                if (!method.equals(HttpMethod.HEAD) && !path.startsWith("/dashboard/") && !path.startsWith("/docs/")) {
                    routed.add(method + " " + path.replaceAll(":(\\w+)", "{$1}"));
                }
            }
        }
        assertThat(routed).hasSizeGreaterThan(30).containsExactlyInAnyOrderElementsOf(Contract.operations());
    }

    /** Asked over HTTP, too: a method that no path takes is answered with those that it does. */
    @Test
    void documentsTheMethodsThatPathsTake() {
        JsonObject paths = Contract.file().getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            Set<String> documented = new TreeSet<>();
            for (String method : paths.getJsonObject(path).fieldNames()) {
                documented.add(method.toUpperCase(Locale.ROOT));
                if (method.equals("get")) {
                    documented.add("HEAD");
                }
            }
            RawResponse answer = RawClient.exchange(
                    service.port(), "PROPFIND " + example(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            answer.assertProblem(405, "method-not-allowed");
            assertThat(answer.header("Allow").orElseThrow().split(", ", -1))
                    .as(path)
                    .containsExactlyInAnyOrderElementsOf(documented);
        }
    }

    /** What is open, too: an operation that documents no 401 is there for anybody. */
    @Test
    void documentsWhichOperationsNeedAKey() {
        try (WorkingService closed = new WorkingService(
                "{'a': {}}", "defaultJob", "a", "http.apiKeys", "a-key-of-more-than-16-characters")) {
            forEachOperation(
                    closed,
                    "",
                    (operation, answer) ->
                            assertThat(answer.status() == 401).as(operation).isEqualTo(documents(operation, "401")));
        }
    }

    @Test
    void documentsWhichOperationsRefuseUnknownParameters() {
        forEachOperation(
                service,
                "?nope=1",
                (operation, answer) ->
                        assertThat(answer.status() == 400).as(operation).isEqualTo(documents(operation, "400")));
    }

    private static void forEachOperation(WorkingService asked, String query, BiConsumer<String, RawResponse> check) {
        for (String operation : Contract.operations()) {
            String[] parts = operation.split(" ", -1);
            check.accept(
                    operation,
                    RawClient.exchange(
                            asked.port(),
                            parts[0] + " " + example(parts[1]) + query + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        }
    }

    private static String example(String path) {
        return path.replace("{job}", "a").replace("{id}", "1m7zg6her0000");
    }

    private static boolean documents(String operation, String status) {
        String[] parts = operation.split(" ", -1);
        return Contract.file()
                .getJsonObject("paths")
                .getJsonObject(parts[1])
                .getJsonObject(parts[0].toLowerCase(Locale.ROOT))
                .getJsonObject("responses")
                .containsKey(status);
    }

    @Test
    void namesEveryTypeOfEvent() {
        JsonArray types = schemas().getJsonObject("EventType").getJsonArray("enum");
        assertThat(types.stream().map(String::valueOf)).containsExactlyInAnyOrderElementsOf(EventWire.TYPES);
    }

    @Test
    void documentsEveryEvent() {
        EventSamples.of("a").forEach(event -> Contract.checkMessage(event.type(), EventWire.encode(1, event)));
    }

    @Test
    void hasTheVersionOfTheProgram() throws IOException {
        String version = Contract.file().getJsonObject("info").getString("version");
        assertThat(Files.readString(Path.of("pom.xml"))).contains("<version>" + version + "-SNAPSHOT</version>");
    }

    private static JsonObject schemas() {
        return Contract.file().getJsonObject("components").getJsonObject("schemas");
    }

    /** Else a field that the contract lacks would go unnoticed. */
    @Test
    void leavesNoObjectOpen() {
        for (String name : schemas().fieldNames()) {
            assertThat(openObjects(name, schemas().getValue(name))).isEmpty();
        }
    }

    private static List<String> openObjects(String where, Object json) {
        if (json instanceof JsonObject object) {
            return object.containsKey("properties") && !Boolean.FALSE.equals(object.getValue("additionalProperties"))
                    ? List.of(where)
                    : object.stream()
                            .flatMap(field -> openObjects(where + "." + field.getKey(), field.getValue()).stream())
                            .toList();
        }
        return List.of();
    }

    @Test
    void givesExamplesThatAreRight() {
        int examples = 0;
        for (String name : schemas().fieldNames()) {
            for (Object example : schemas().getJsonObject(name).getJsonArray("examples", new JsonArray())) {
                Contract.check(name, example);
                examples++;
            }
        }
        assertThat(examples).isGreaterThan(3);
        assertThat(Contract.checkExamples()).isGreaterThan(12);
    }

    /** The check of all answers is one that can fail. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a status that is not in it      | GET  | /api/job/status | 418 | application/problem+json | not-found    | 418",
                "a status at a path not in it    | GET  | /api/nothing    | 200 | application/json         | not-found    | 200",
                "a type at another status        | GET  | /api/jobs/a     | 404 | application/problem+json | bad-host     | 404",
                "a type at another route         | GET  | /api/jobs/a     | 404 | application/problem+json | not-found    | 404",
                "a body that tells another       | GET  | /api/jobs/a     | 404 | application/problem+json | unknown-job  | 400",
                "another content type            | GET  | /api/jobs/a     | 404 | application/json         | unknown-job  | 404",
                "no Retry-After                  | GET  | /api/jobs/a     | 503 | application/problem+json | no-room      | 503",
                "no WWW-Authenticate             | GET  | /api/jobs/a     | 401 | application/problem+json | unauthorized | 401",
            })
    void wouldNotice(
            String what, String method, String path, int status, String type, String problem, int statusInBody) {
        assertThatThrownBy(() -> Contract.check(
                        method,
                        path,
                        status,
                        Map.of("Content-Type", List.of(type)),
                        PROBLEM.formatted(problem, statusInBody)))
                .as(what)
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void wouldNoticeAFieldThatIsMissingOrUnknownOrOfAnotherType() {
        JsonObject status = service.read("/api/job/status");
        for (JsonObject wrong : List.of(
                status.copy().put("more", 1),
                without(status, "message"),
                status.copy().put("isRunning", "yes"))) {
            assertThatThrownBy(() -> Contract.check(
                            "GET",
                            "/api/job/status",
                            200,
                            Map.of("Content-Type", List.of("application/json")),
                            wrong.encode()))
                    .isInstanceOf(AssertionError.class);
        }
    }

    private static JsonObject without(JsonObject json, String field) {
        JsonObject rest = json.copy();
        rest.remove(field);
        return rest;
    }
}
