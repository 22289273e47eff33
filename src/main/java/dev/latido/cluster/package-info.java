/**
 * Joining a cluster, and who is its one active owner.
 */
@NullMarked
package dev.latido.cluster;

import org.jspecify.annotations.NullMarked;
