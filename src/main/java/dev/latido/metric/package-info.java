/**
 * Meters: every name, unit and tag in one place.
 */
@NullMarked
package dev.latido.metric;

import org.jspecify.annotations.NullMarked;
