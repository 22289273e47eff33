package dev.latido.store;

import org.jspecify.annotations.Nullable;

/**
 * The texts of one execution, as they were stored at one moment.
 *
 * @param payload JSON text; null for none
 * @param result JSON text; null for none
 */
public record StoredTexts(
        @Nullable String payload, @Nullable String result) {}
