package dev.latido.store;

/**
 * A copy of everything that was stored.
 *
 * @param place where it is
 * @param bytes how large it is
 * @param sequence the number of the newest commit in it
 */
public record Backup(String place, long bytes, long sequence) {}
