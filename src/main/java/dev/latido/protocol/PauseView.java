package dev.latido.protocol;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether everything is paused.
 *
 * @param pausedAt since when; null while it is not
 */
public record PauseView(@Nullable Instant pausedAt) implements Reply {}
