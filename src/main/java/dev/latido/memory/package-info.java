/**
 * The one account of what the process holds of other people's bytes: bodies, payloads, results, histories. It knows nobody who
 * charges it.
 */
@NullMarked
package dev.latido.memory;

import org.jspecify.annotations.NullMarked;
