/**
 * A store that lives and dies with the process: for tests, and for services that are to forget.
 */
@NullMarked
package dev.latido.store.memory;

import org.jspecify.annotations.NullMarked;
