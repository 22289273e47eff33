package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The dashboard fits the service and the files beside it. */
class DashboardTest {

    private static final String DATASOURCES = "conf/grafana/provisioning/datasources/prometheus.yml";
    private static final String PROVIDERS = "conf/grafana/provisioning/dashboards/latido.yml";

    /** What Prometheus adds of its own. */
    private static final Set<String> OF_PROMETHEUS = Set.of("up");

    /** What only a service that is traced has; its own test looks at that. */
    private static final String OF_TRACES = "latido_traces_spans_dropped_total";

    @Test
    void namesOnlyMetricsThatTheServiceHas() throws Exception {
        Dashboard dashboard = Dashboard.read();
        Set<String> named = new TreeSet<>();
        dashboard.panelQueries().forEach(query -> named.addAll(query.metrics()));
        dashboard.variableQueries().forEach(query -> named.addAll(query.metrics()));
        named.removeAll(OF_PROMETHEUS);
        named.remove(OF_TRACES);
        assertThat(named).as("metrics found in the queries").hasSizeGreaterThan(30);
        try (BusyService service = new BusyService()) {
            service.makeTraffic();
            await().untilAsserted(() -> {
                named.removeAll(service.metrics());
                assertThat(named).as("metrics that the service lacks").isEmpty();
            });
        }
    }

    @Test
    void saysOfEveryPanelWhatItMeansAndInWhichUnit() throws Exception {
        assertThat(Dashboard.read().panels()).isNotEmpty().allSatisfy(panel -> {
            assertThat(panel.getString("description")).isNotBlank();
            assertThat(panel.getJsonObject("fieldConfig")
                            .getJsonObject("defaults")
                            .getString("unit"))
                    .isNotBlank();
            assertThat(panel.getJsonArray("targets")).isNotEmpty();
        });
    }

    @Test
    void asksTheProvisionedDatasourceAndNoOther() throws Exception {
        Dashboard dashboard = Dashboard.read();
        String provisioned = datasource().getString("uid");
        assertThat(dashboard.panels()).allSatisfy(panel -> {
            assertThat(uidIn(panel)).isEqualTo(provisioned);
            assertThat(Dashboard.objects(panel.getJsonArray("targets")))
                    .allSatisfy(target -> assertThat(uidIn(target)).isEqualTo(provisioned));
        });
        assertThat(dashboard.variables())
                .allSatisfy(variable -> assertThat(uidIn(variable)).isEqualTo(provisioned));
    }

    private static String uidIn(JsonObject json) {
        return json.getJsonObject("datasource").getString("uid");
    }

    private static JsonObject datasource() throws Exception {
        return YamlFile.read(DATASOURCES).getJsonArray("datasources").getJsonObject(0);
    }

    @Test
    void givesEveryPanelAnIdAndAPlaceOfItsOwn() throws Exception {
        Dashboard dashboard = Dashboard.read();
        assertThat(Dashboard.objects(dashboard.json().getJsonArray("panels")))
                .extracting(panel -> panel.getInteger("id"))
                .doesNotHaveDuplicates();
        Set<String> taken = new TreeSet<>();
        for (JsonObject panel : dashboard.panels()) {
            JsonObject place = panel.getJsonObject("gridPos");
            for (int x = place.getInteger("x"); x < place.getInteger("x") + place.getInteger("w"); x++) {
                for (int y = place.getInteger("y"); y < place.getInteger("y") + place.getInteger("h"); y++) {
                    assertThat(taken.add(x + "," + y))
                            .as(panel.getString("title") + " at " + x + "," + y)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void isWhereGrafanaIsToldToLook() throws Exception {
        String directory = YamlFile.read(PROVIDERS)
                .getJsonArray("providers")
                .getJsonObject(0)
                .getJsonObject("options")
                .getString("path");
        assertThat(YamlFile.read("docker-compose.yml")
                        .getJsonObject("services")
                        .getJsonObject("grafana")
                        .getJsonArray("volumes"))
                .contains("./conf/grafana/dashboards:" + directory + ":ro");
    }

    @Test
    void knowsHowOftenPrometheusScrapes() throws Exception {
        assertThat(datasource().getJsonObject("jsonData").getString("timeInterval"))
                .isEqualTo(YamlFile.read("conf/prometheus.yml")
                        .getJsonObject("global")
                        .getString("scrape_interval"));
    }
}
