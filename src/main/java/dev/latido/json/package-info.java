/**
 * JSON text: what is one, reading a little out of one, and what it means as a value.
 */
@NullMarked
package dev.latido.json;

import org.jspecify.annotations.NullMarked;
