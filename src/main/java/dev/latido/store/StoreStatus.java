package dev.latido.store;

/**
 * How a store is.
 *
 * @param type what kind of store it is, as in the configuration
 * @param place where it is; empty when it is nowhere
 * @param sequence the number of the newest commit
 * @param bytes how much space it takes
 */
public record StoreStatus(String type, String place, long sequence, long bytes) {}
