package dev.latido.ops;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The shipped Grafana dashboard, as far as the tests want to know. */
record Dashboard(JsonObject json) {

    static final String FILE = "conf/grafana/dashboards/latido.json";

    /** What is no metric in a query: texts, label matchers, ranges, groupings. */
    private static final Pattern NO_METRICS = Pattern.compile(
            "\"[^\"]*\"|\\{[^}]*}|\\[[^]]*]|\\b(by|without|on|ignoring)\\s*\\([^)]*\\)|\\b(or|unless|offset|\\d+[smhd])\\b");

    private static final Pattern METRIC = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*+(?!\\s*\\()");

    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), *(\\w+)\\)");

    /** A query, and the title of the panel or the name of the variable that it is for. */
    record Query(String owner, String expression) {

        /** Returns the names of the metrics that the query reads. */
        Set<String> metrics() {
            Set<String> names = new TreeSet<>();
            Matcher matcher = METRIC.matcher(NO_METRICS.matcher(expression).replaceAll(""));
            while (matcher.find()) {
                names.add(matcher.group());
            }
            return names;
        }

        /** Puts values in the place of what Grafana replaces. */
        Query with(String instance, String job, String rateInterval, String range) {
            return new Query(
                    owner,
                    expression
                            .replace("$__rate_interval", rateInterval)
                            .replace("$__range", range)
                            .replace("$instance", instance)
                            .replace("$job", job));
        }
    }

    static Dashboard read() throws IOException {
        return new Dashboard(new JsonObject(Files.readString(Path.of(FILE))));
    }

    /** Returns all panels but the titles of rows. */
    List<JsonObject> panels() {
        return objects(json.getJsonArray("panels")).stream()
                .filter(panel -> !panel.getString("type").equals("row"))
                .toList();
    }

    List<JsonObject> variables() {
        return objects(json.getJsonObject("templating").getJsonArray("list"));
    }

    /** Returns the queries of all panels. */
    List<Query> panelQueries() {
        return panels().stream()
                .flatMap(panel -> objects(panel.getJsonArray("targets")).stream()
                        .map(target -> new Query(panel.getString("title"), target.getString("expr"))))
                .toList();
    }

    /** Returns the queries of all variables, each as one that yields what the variable takes its values from. */
    List<Query> variableQueries() {
        return variables().stream()
                .map(variable -> {
                    String query = variable.getJsonObject("query").getString("query");
                    Matcher matcher = LABEL_VALUES.matcher(query);
                    if (!matcher.matches()) {
                        throw new AssertionError("not understood: " + query);
                    }
                    return new Query(
                            variable.getString("name"),
                            "count by (" + matcher.group(2) + ") (" + matcher.group(1) + ")");
                })
                .toList();
    }

    static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }
}
