/**
 * How an attempt ended, and what that means: whether and when there is another.
 */
@NullMarked
package dev.latido.outcome;

import org.jspecify.annotations.NullMarked;
