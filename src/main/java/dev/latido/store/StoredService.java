package dev.latido.store;

/**
 * What concerns all jobs.
 *
 * @param pausedMillis when everything was paused, in milliseconds since 1970-01-01 UTC; 0 while it is not
 */
public record StoredService(long pausedMillis) {}
