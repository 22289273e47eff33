package dev.latido.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of executions.
 *
 * @param executions in the order in which they came into their state, queued ones the most urgent first, without payloads
 *     and results
 * @param cursor what the command for the next page needs; null when this is the last
 */
public record ExecutionPage(
        List<ExecutionView> executions, @Nullable String cursor) implements Reply {}
