package dev.latido.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.metric.Metrics;
import dev.latido.metric.MetricsConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The table in {@code docs/events.md} says what the code does. */
@Tag("fast")
class EventTableTest {

    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Set<String> OF_ALL = Set.of("seq", "type", "job", "at");

    /** A row: what it says of a type of event. */
    private record Row(Set<String> fields, Set<String> metrics) {}

    private static Map<String, Row> table() throws IOException {
        Map<String, Row> rows = new TreeMap<>();
        boolean isInside = false;
        for (String line : Files.readAllLines(Path.of("docs/events.md"))) {
            isInside = line.startsWith("| `type` | when ") || (isInside && line.startsWith("|"));
            if (isInside && line.startsWith("| `") && !line.startsWith("| `type`")) {
                String[] cells = line.split("\\|", -1);
                for (String type : code(cells[1])) {
                    assertThat(rows).as("no type is given twice").doesNotContainKey(type);
                    rows.put(type, new Row(code(cells[3]), code(cells[4])));
                }
            }
        }
        return rows;
    }

    private static Set<String> code(String cell) {
        return CODE.matcher(cell)
                .results()
                .map(result -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyTypeStandsInTheTableAndInTheList() throws Exception {
        List<Event> samples = EventSamples.of("j");
        assertThat(samples.stream().map(Object::getClass).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(Event.class.getPermittedSubclasses());
        assertThat(EventWire.TYPES)
                .containsExactlyInAnyOrderElementsOf(
                        samples.stream().map(Event::type).toList());
        assertThat(table().keySet()).containsExactlyInAnyOrderElementsOf(EventWire.TYPES);
    }

    @Test
    void everyFieldStandsInTheTable() throws Exception {
        Map<String, Row> table = table();
        for (Event event : EventSamples.of("j")) {
            Set<String> fields = new HashSet<>(EventWire.encode(1, event).fieldNames());
            assertThat(fields).as(event.type()).containsAll(OF_ALL);
            fields.removeAll(OF_ALL);
            assertThat(table.getOrDefault(event.type(), new Row(Set.of(), Set.of()))
                            .fields())
                    .as(event.type())
                    .containsExactlyInAnyOrderElementsOf(fields);
        }
    }

    @Test
    void everyMetricThatAnEventFeedsStandsInTheTable() throws Exception {
        Map<String, Row> table = table();
        for (Event event : EventSamples.of("j")) {
            PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            Metrics metrics = new Metrics(registry, new MetricsConfig(MetricsConfig.PerJob.FULL, Set.of()), () -> 0);
            metrics.define("j", 1, EventSamples.BREAKER);
            if (event instanceof Event.JobStopped) {
                metrics.on(new Event.JobStarted("j", event.at()));
            } else if (event instanceof Event.ServiceResumed) {
                metrics.on(new Event.ServicePaused(event.at()));
            }
            Set<String> before = registry.scrape().lines().collect(Collectors.toSet());
            metrics.on(event);
            Set<String> fed = registry.scrape()
                    .lines()
                    .filter(line -> !before.contains(line))
                    .map(EventTableTest::metric)
                    .collect(Collectors.toSet());
            assertThat(table.getOrDefault(event.type(), new Row(Set.of(), Set.of()))
                            .metrics())
                    .as(event.type())
                    .containsExactlyInAnyOrderElementsOf(fed);
            registry.close();
        }
    }

    private static String metric(String sample) {
        Matcher name =
                Pattern.compile("([a-z_]+?)(_bucket|_count|_sum|_max)?[{ ].*").matcher(sample);
        assertThat(name.matches()).as(sample).isTrue();
        return name.group(1);
    }
}
