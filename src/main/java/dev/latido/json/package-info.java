/**
 * Reading a little out of JSON text without building it.
 */
@NullMarked
package dev.latido.json;

import org.jspecify.annotations.NullMarked;
