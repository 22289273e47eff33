package dev.latido.protocol;

import dev.latido.json.JsonValue;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the JSON forms of replies have in common, over HTTP and the bus alike. Times are UTC by RFC 3339. */
final class JsonForm {

    private JsonForm() {}

    static void put(JsonObject json, String field, @Nullable Object value) {
        if (value != null) {
            json.put(field, value);
        }
    }

    static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    static @Nullable Instant time(JsonObject json, String field) {
        String text = json.getString(field);
        return text == null ? null : Instant.parse(text);
    }

    static <T> JsonArray array(List<T> items, Function<T, JsonObject> encode) {
        JsonArray array = new JsonArray();
        items.forEach(item -> array.add(encode.apply(item)));
        return array;
    }

    static <T> List<T> list(JsonObject json, String field, Function<JsonObject, T> read) {
        List<T> items = new ArrayList<>();
        json.getJsonArray(field).forEach(item -> items.add(read.apply((JsonObject) item)));
        return List.copyOf(items);
    }

    static List<String> strings(JsonObject json, String field) {
        List<String> strings = new ArrayList<>();
        json.getJsonArray(field).forEach(text -> strings.add((String) text));
        return List.copyOf(strings);
    }

    static JsonObject counters(Map<String, Long> counters) {
        JsonObject json = new JsonObject();
        counters.forEach(json::put);
        return json;
    }

    static Map<String, Long> counters(JsonObject json) {
        return counters(json, "counters");
    }

    static Map<String, Long> counters(JsonObject json, String field) {
        Map<String, Long> counters = new LinkedHashMap<>();
        JsonObject counted = json.getJsonObject(field, new JsonObject());
        counted.fieldNames().forEach(name -> counters.put(name, counted.getLong(name)));
        return counters;
    }

    /** Writes the text of a JSON value as that value. */
    static void putText(JsonObject json, String field, @Nullable String text) {
        if (text != null) {
            json.put(field, valueOf(text));
        }
    }

    private static @Nullable Object valueOf(String text) {
        try {
            return JsonValue.of(text);
        } catch (DecodeException beyond) {
            return text; // the bus cannot carry it, and nothing of it is to be lost
        }
    }

    static @Nullable String jsonText(JsonObject json, String field) {
        return json.containsKey(field) ? JsonValue.textOf(json.getValue(field)) : null;
    }
}
