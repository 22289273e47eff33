package dev.latido.protocol;

/**
 * A copy of everything that was stored.
 *
 * @param place the file
 * @param bytes how large it is
 * @param sequence the number of the newest commit in it
 */
public record BackupView(String place, long bytes, long sequence) implements Reply {}
