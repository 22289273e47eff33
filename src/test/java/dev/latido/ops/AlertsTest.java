package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The alert rules fire for the incidents that they are for, and each has its place in the runbook. */
class AlertsTest {

    private static final String RULES = "conf/alerts.yml";
    private static final String INCIDENTS = "src/test/resources/incidents.yml";
    private static final Path RUNBOOK = Path.of("docs/operations.md");

    private static List<JsonObject> rules() throws Exception {
        return Dashboard.objects(
                YamlFile.read(RULES).getJsonArray("groups").getJsonObject(0).getJsonArray("rules"));
    }

    @Test
    void fireForTheIncidentsThatTheyAreFor() throws Exception {
        Tool.require("promtool");
        Tool.Result test = Tool.run(Map.of(), "promtool", "test", "rules", INCIDENTS);

        assertThat(test.exitCode()).as(test.output()).isZero();
    }

    @Test
    void eachIsTriedInAnIncident() throws Exception {
        String incidents = Files.readString(Path.of(INCIDENTS));

        assertThat(rules()).allSatisfy(rule -> assertThat(incidents).contains("alertname: " + rule.getString("alert")));
    }

    @Test
    void eachHasItsSectionInTheRunbook() throws Exception {
        Set<String> sections = Files.readAllLines(RUNBOOK).stream()
                .filter(line -> line.startsWith("### ") && !line.startsWith("### Reason: "))
                .map(line -> line.substring(4))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(rules()).hasSizeBetween(10, 20).allSatisfy(rule -> {
            String name = rule.getString("alert");
            assertThat(rule.getJsonObject("annotations").getString("runbook_url"))
                    .isEqualTo(RUNBOOK + "#" + name.toLowerCase(Locale.ROOT));
            assertThat(rule.getJsonObject("annotations").getString("summary")).contains("$labels.instance");
            assertThat(rule.getJsonObject("labels").getString("severity")).isIn("warning", "critical");
            assertThat(sections.remove(name)).as(name).isTrue();
        });
        assertThat(sections).as("sections of rules that are no more").isEmpty();
    }

    @Test
    void nameOnlyMetricsThatTheServiceHas() throws Exception {
        Set<String> named = new TreeSet<>();
        for (JsonObject rule : rules()) {
            named.addAll(new Dashboard.Query(rule.getString("alert"), rule.getString("expr")).metrics());
        }
        named.removeAll(Set.of("up", "latido_job_ticks_missed_total")); // the second from the first tick on
        assertThat(named).hasSizeGreaterThan(10);
        try (BusyService service = new BusyService()) {
            service.makeTraffic();
            await().untilAsserted(() -> {
                named.removeAll(service.metrics());
                assertThat(named).isEmpty();
            });
        }
    }
}
