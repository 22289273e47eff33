package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a job did lately, or all jobs together, in points of equal length without a hole: a time of which nothing is known, such as
 * one when no process ran, has points all the same.
 *
 * @param job its name; null for all jobs together
 * @param range how far back it may go
 * @param since since when points of the job are kept; null when none are, for want of room
 * @param from when the first point begins: the first of which something is known
 * @param columns all measures, each with as many points
 * @param failures what failed of the job in the last 24 hours, by the kind of the error, the latest first
 */
public record SeriesView(
        @Nullable String job,
        SeriesRange range,
        @Nullable Instant since,
        Instant from,
        Map<SeriesMeasure, SeriesColumn> columns,
        List<FailureGroup> failures)
        implements Reply {

    public SeriesView {
        columns = Map.copyOf(columns);
        failures = List.copyOf(failures);
    }

    /** Returns how many points there are. */
    public int points() {
        return column(SeriesMeasure.SUCCEEDED).size();
    }

    /** Returns what the points say of a measure. */
    public SeriesColumn column(SeriesMeasure measure) {
        SeriesColumn column = columns.get(measure);
        return column == null ? SeriesColumn.of() : column;
    }

    @Override
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        JsonForm.put(json, "job", job);
        json.put("range", range.wireName()).put("stepSeconds", range.stepSeconds());
        JsonForm.put(json, "since", JsonForm.text(since));
        json.put("from", from.toString());
        JsonObject points = new JsonObject();
        for (SeriesMeasure measure : SeriesMeasure.values()) {
            points.put(measure.wireName(), column(measure).toJson(measure.isTime()));
        }
        json.put("points", points);
        return job == null ? json : json.put("failures", JsonForm.array(failures, FailureGroup::toJson));
    }

    static SeriesView fromJson(JsonObject json) {
        Map<SeriesMeasure, SeriesColumn> columns = new EnumMap<>(SeriesMeasure.class);
        JsonObject points = json.getJsonObject("points");
        for (SeriesMeasure measure : SeriesMeasure.values()) {
            columns.put(measure, SeriesColumn.fromJson(points.getJsonArray(measure.wireName())));
        }
        return new SeriesView(
                json.getString("job"),
                SeriesRange.ofWireName(json.getString("range")).orElseThrow(),
                JsonForm.time(json, "since"),
                Instant.parse(json.getString("from")),
                columns,
                json.containsKey("failures") ? JsonForm.list(json, "failures", FailureGroup::fromJson) : List.of());
    }
}
