/**
 * In-flight limits and rates. Pure: they answer, callers wait.
 */
@NullMarked
package dev.latido.limit;

import org.jspecify.annotations.NullMarked;
