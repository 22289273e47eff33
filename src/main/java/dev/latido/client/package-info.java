/**
 * Sends commands to the owner, with a bound on those in flight, and waits for the replies; applications in the cluster use it too.
 */
@NullMarked
package dev.latido.client;

import org.jspecify.annotations.NullMarked;
