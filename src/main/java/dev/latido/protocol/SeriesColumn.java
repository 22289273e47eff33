package dev.latido.protocol;

import io.vertx.core.json.JsonArray;
import java.util.Arrays;

/** What a series says of one measure, point by point; {@code NaN}, in JSON {@code null}, where nothing is known. */
public final class SeriesColumn {

    private final float[] values;

    private SeriesColumn(float[] values) {
        this.values = values;
    }

    /** Makes a column of values, which nobody may change any more. */
    public static SeriesColumn of(float... values) {
        return new SeriesColumn(values);
    }

    /** Returns how many points there are. */
    public int size() {
        return values.length;
    }

    /** Returns what the point at {@code index} says. */
    public float at(int index) {
        return values[index];
    }

    /**
     * Writes its JSON form.
     *
     * @param isRounded whether three digits are enough
     */
    JsonArray toJson(boolean isRounded) {
        JsonArray json = new JsonArray();
        for (float value : values) {
            float shown = isRounded ? rounded(value) : value;
            if (Float.isNaN(shown)) {
                json.addNull();
            } else if (shown == Math.rint(shown)) {
                json.add((long) shown); // not 3.0
            } else {
                json.add(shown);
            }
        }
        return json;
    }

    private static float rounded(float value) {
        if (value == 0 || Float.isNaN(value)) {
            return value;
        }
        double lastDigit = Math.pow(10, Math.floor(Math.log10(Math.abs(value))) - 2);
        return (float) (Math.round(value / lastDigit) * lastDigit);
    }

    static SeriesColumn fromJson(JsonArray json) {
        float[] values = new float[json.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = json.getValue(i) instanceof Number number ? number.floatValue() : Float.NaN;
        }
        return new SeriesColumn(values);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SeriesColumn column && Arrays.equals(values, column.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return Arrays.toString(values);
    }
}
