package dev.latido.setting;

import org.jspecify.annotations.Nullable;

/**
 * A setting as it holds, and where its value comes from.
 *
 * @param path the setting
 * @param value a text, number, flag, list of texts, or null for what is not set; of a secret no more than may be shown
 * @param source where the value comes from
 * @param override the name of the variable or property that gives it; null for none
 * @param line the line of the file that gives it; null for none, or where that is not known
 */
public record EffectiveSetting(
        String path,
        @Nullable Object value,
        Source source,
        @Nullable String override,
        @Nullable Integer line) {

    /** Where a value can come from. */
    public enum Source {
        FILE,
        ENVIRONMENT,
        PROPERTY,
        DEFAULT
    }

    static EffectiveSetting overridden(String path, @Nullable Object value, String override) {
        boolean isVariable = override.startsWith(Overrides.ENVIRONMENT_PREFIX);
        return new EffectiveSetting(path, value, isVariable ? Source.ENVIRONMENT : Source.PROPERTY, override, null);
    }

    static EffectiveSetting inFile(String path, @Nullable Object value, @Nullable Integer line) {
        return new EffectiveSetting(path, value, Source.FILE, null, line);
    }

    static EffectiveSetting byDefault(String path, @Nullable Object value) {
        return new EffectiveSetting(path, value, Source.DEFAULT, null, null);
    }
}
