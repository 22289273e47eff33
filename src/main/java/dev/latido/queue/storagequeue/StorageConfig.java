package dev.latido.queue.storagequeue;

import dev.latido.queue.BrokerConfig;
import dev.latido.queue.StorageAccount;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which account, and how to come in.
 *
 * @param place where it is, for people: without what opens it
 * @param account the same, and what opens it
 * @param caFile a file of certificates in PEM to trust; null for those that Java trusts
 */
public record StorageConfig(
        String place, StorageAccount account, @Nullable String caFile) {

    /** Makes one of what the configuration says. */
    public static StorageConfig of(BrokerConfig config) {
        return new StorageConfig(config.place(), Objects.requireNonNull(config.storage()), config.caFile());
    }

    @Override
    public String toString() {
        return place;
    }
}
