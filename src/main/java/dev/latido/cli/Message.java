package dev.latido.cli;

import org.jspecify.annotations.Nullable;

/**
 * A message of the stream of events.
 *
 * @param id how far a reader is that has it; null where that is as it was
 * @param event what kind it is
 * @param data JSON
 */
record Message(@Nullable String id, String event, String data) {}
