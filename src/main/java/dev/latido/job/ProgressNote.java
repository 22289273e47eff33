package dev.latido.job;

/**
 * What a worker said of its progress.
 *
 * @param millis when it last said so, in milliseconds since 1970-01-01 UTC
 * @param fraction how far it was, from 0 to 1
 * @param text what it said, in one line
 */
public record ProgressNote(long millis, double fraction, String text) {}
