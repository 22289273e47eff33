/**
 * In-flight limits, rates and circuit breakers. Pure: they answer, callers wait.
 */
@NullMarked
package dev.latido.policy;

import org.jspecify.annotations.NullMarked;
