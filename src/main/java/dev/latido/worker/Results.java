package dev.latido.worker;

import dev.latido.job.ResultBound;
import dev.latido.json.JsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Makes results of what was answered: of each as much as its job keeps, and at least a character more where there is more.
 *
 * @param bound how much that is
 */
record Results(ResultBound bound) {

    /** Makes JSON text of what a consumer replied, which may be cut off; null of nothing. */
    @Nullable String of(@Nullable Object reply) {
        return reply == null ? null : JsonValue.textOf(reply, bound.maxResult());
    }

    /** Begins with a body of this type. */
    BodyText from(@Nullable String contentType) {
        return new BodyText(contentType, bound.maxResult());
    }
}
