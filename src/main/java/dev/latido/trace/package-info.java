/** Traces of what was submitted and what became of it, for OpenTelemetry. Costs nothing while it is off. */
@NullMarked
package dev.latido.trace;

import org.jspecify.annotations.NullMarked;
