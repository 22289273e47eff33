/**
 * The closed set of events: what happened to jobs, as told to observers.
 */
@NullMarked
package dev.latido.event;

import org.jspecify.annotations.NullMarked;
