package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.util.List;

/** The least, the middle and the greatest of several measurements of the same thing. */
record Spread(double min, double median, double max) {

    static Spread of(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }

    /** Takes {@code field} of each result. */
    static Spread of(List<JsonObject> results, String field) {
        return of(results.stream().map(result -> result.getDouble(field)).toList());
    }

    String show() {
        return Table.number(min) + " / " + Table.number(median) + " / " + Table.number(max);
    }
}
