/**
 * The embedded store: one SQLite file, one writer.
 */
@NullMarked
package dev.latido.store.sqlite;

import org.jspecify.annotations.NullMarked;
