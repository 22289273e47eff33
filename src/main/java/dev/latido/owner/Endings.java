package dev.latido.owner;

import dev.latido.store.StoreException;
import java.util.function.Consumer;

/**
 * Who is told that the service cannot go on. The process, or whatever else the service can be started anew in, has to end
 * then, at once: nothing may be answered any more that is not in the store.
 *
 * @param storeBroke told when the store is broken
 * @param ownerFenced told when another owner has taken over, soon after everybody who waited was told
 * @param ownerFaulted told of a fault in the owner of the jobs, once that is stored or cannot be
 */
public record Endings(
        Consumer<StoreException> storeBroke, Consumer<StoreException> ownerFenced, Consumer<OwnerFault> ownerFaulted) {}
